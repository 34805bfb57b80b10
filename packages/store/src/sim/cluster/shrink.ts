// Makes a failing schedule smaller: the step at which it fails becomes its end, faults are left out in
// halves, quarters and so on (Zeller's delta debugging), and wherever no choice is needed the oldest step
// goes. A smaller schedule counts when the same oracle speaks.
import type { Schedule } from "./schedule.ts";
import { type SeedReport, SeedRun, type SeedViolation } from "./seed-run.ts";

export type Shrunk = {
  readonly schedule: Schedule;
  readonly violation: SeedViolation;
  readonly hash: string;
  readonly runs: number;
};

/** Each run takes a second or so. */
const RUNS_MAX = 200;
/** Steps whose choices are given up together, at first and at last. */
const BLOCKS_FIRST = 4;
const BLOCKS_LAST = 64;

export type ShrinkOptions = {
  readonly runsMax?: number;
  readonly shouldStop?: () => boolean;
  readonly onRun?: (runs: number, best: Schedule) => void;
  /** What a schedule leads to; runs it, unless a test says otherwise. */
  readonly tryOut?: (schedule: Schedule) => Promise<Outcome>;
};

type Outcome = Pick<SeedReport, "violation" | "hash" | "faults" | "plan">;

/** @returns Undefined when the schedule does not fail at all. */
export async function shrink(
  schedule: Schedule,
  options: ShrinkOptions = {},
): Promise<Shrunk | undefined> {
  const { tryOut = (one) => new SeedRun(one).run() } = options;
  const first = await tryOut(schedule);
  if (first.violation === undefined) return undefined;
  const kept = { ...schedule, plan: first.plan };
  const shrinker = new Shrinker(kept, first, first.violation, tryOut, options);
  await shrinker.run();
  return shrinker.result();
}

class Shrinker {
  readonly #options: ShrinkOptions;
  readonly #oracle: string;
  readonly #tryOut: (schedule: Schedule) => Promise<Outcome>;
  #best: Schedule;
  #outcome: Outcome;
  #violation: SeedViolation;
  #runs = 1;

  constructor(
    schedule: Schedule,
    outcome: Outcome,
    violation: SeedViolation,
    tryOut: (schedule: Schedule) => Promise<Outcome>,
    options: ShrinkOptions,
  ) {
    this.#options = options;
    this.#oracle = violation.oracle;
    this.#tryOut = tryOut;
    this.#best = schedule;
    this.#outcome = outcome;
    this.#violation = violation;
  }

  result(): Shrunk {
    const { hash } = this.#outcome;
    return { schedule: this.#best, violation: this.#violation, hash, runs: this.#runs };
  }

  async run(): Promise<void> {
    await this.#cutEnd();
    await this.#leaveOutFaults();
    await this.#giveUpChoices();
    await this.#cutEnd();
  }

  /** What fails in the healing needs its chaos up to some step; a tenth less each time. */
  async #cutEnd(): Promise<void> {
    const { step } = this.#violation;
    if (step < this.#best.steps) await this.#attempt({ ...this.#best, steps: step });
    for (let part = 2; part <= 16 && !this.#isOver; part *= 2) {
      const steps = this.#best.steps - Math.floor(this.#best.steps / part);
      if (await this.#attempt({ ...this.#best, steps })) part /= 2;
    }
  }

  async #leaveOutFaults(): Promise<void> {
    for (let parts = 1; ; parts *= 2) {
      const numbers = this.#outcome.faults.map(({ number }) => number);
      for (const some of inParts(numbers, parts)) {
        if (this.#isOver) return;
        const withoutFaults = [...this.#best.withoutFaults, ...some].sort((a, b) => a - b);
        await this.#attempt({ ...this.#best, withoutFaults });
      }
      if (parts >= numbers.length) return;
    }
  }

  async #giveUpChoices(): Promise<void> {
    for (let blocks = BLOCKS_FIRST; blocks <= BLOCKS_LAST; blocks *= 4) {
      const size = Math.ceil(this.#best.steps / blocks);
      for (let from = 0; from < this.#best.steps; from += size) {
        if (this.#isOver) return;
        const block = [from, from + size] as const;
        if (this.#best.oldestFirst.some(([a, b]) => a <= from && b >= from + size)) continue;
        const oldestFirst = [...this.#best.oldestFirst, block];
        await this.#attempt({ ...this.#best, oldestFirst });
      }
    }
  }

  get #isOver(): boolean {
    const { runsMax = RUNS_MAX, shouldStop } = this.#options;
    return this.#runs >= runsMax || shouldStop?.() === true;
  }

  async #attempt(schedule: Schedule): Promise<boolean> {
    this.#runs += 1;
    const outcome = await this.#tryOut(schedule);
    const { violation } = outcome;
    const isKept = violation?.oracle === this.#oracle;
    if (isKept) {
      this.#best = schedule;
      this.#outcome = outcome;
      this.#violation = violation;
    }
    this.#options.onRun?.(this.#runs, this.#best);
    return isKept;
  }
}

function inParts(numbers: readonly number[], parts: number): number[][] {
  const size = Math.max(1, Math.ceil(numbers.length / parts));
  const all: number[][] = [];
  for (let at = 0; at < numbers.length; at += size) all.push(numbers.slice(at, at + size));
  return all;
}
