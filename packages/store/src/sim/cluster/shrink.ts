// Makes a failing schedule smaller. First everything that was chosen in it is written down; then faults,
// operations and delays are cut out, whole, in halves, in quarters and so on (Zeller's delta debugging),
// until nothing can be missed or the time is over. A smaller schedule counts when the same oracle speaks.
import { GOOD_LINKS } from "../faults/links.ts";
import type { ClientScript } from "./client-script.ts";
import type { Schedule, Script } from "./schedule.ts";
import { type SeedReport, SeedRun, type SeedViolation } from "./seed-run.ts";

/** What a schedule is measured by. */
export type ScheduleSize = {
  readonly steps: number;
  readonly delays: number;
  readonly faults: number;
  readonly operations: number;
};

export type Shrunk = {
  readonly schedule: Schedule;
  readonly violation: SeedViolation;
  readonly hash: string;
  readonly runs: number;
  readonly before: ScheduleSize;
  readonly after: ScheduleSize;
};

export type ShrinkOptions = {
  readonly runsMax?: number;
  readonly shouldStop?: () => boolean;
  readonly onRun?: (runs: number, before: ScheduleSize, best: ScheduleSize) => void;
  /** What a schedule leads to; runs it, unless a test says otherwise. */
  readonly tryOut?: (schedule: Schedule, isUnhealed: boolean) => Promise<Outcome>;
};

export type Outcome = Pick<SeedReport, "violation" | "hash" | "script" | "plan">;
type Scripted = Schedule & { readonly script: Script };
type Numbered = { readonly client: number; readonly place: number };

/** Each run takes from a tenth of a second to some seconds. */
const RUNS_MAX = 2_000;
/** What is left of all moments, tried one after the other. */
const SQUEEZES = [0.25, 0.5, 0.75, 0.9];

/** @returns Undefined when the schedule does not fail at all. */
export async function shrink(
  schedule: Schedule,
  options: ShrinkOptions = {},
): Promise<Shrunk | undefined> {
  const { tryOut = run } = options;
  const first = await tryOut(schedule, false);
  const { violation, script, plan } = first;
  if (violation === undefined || script === undefined) return undefined;
  const shrinker = new Shrinker({ ...schedule, plan, script }, first, violation, tryOut, options);
  await shrinker.run();
  return shrinker.result();
}

async function run(schedule: Schedule, isUnhealed: boolean): Promise<Outcome> {
  return new SeedRun(schedule, { isWritten: true, isUnhealed }).run();
}

class Shrinker {
  readonly #options: ShrinkOptions;
  readonly #oracle: string;
  readonly #tryOut: (schedule: Schedule, isUnhealed: boolean) => Promise<Outcome>;
  readonly #before: ScheduleSize;
  readonly #whole: Scripted;
  /** What can be seen before the healing needs none. */
  #isUnhealed = true;
  #best: Scripted;
  #hash: string;
  #violation: SeedViolation;
  #runs = 1;

  constructor(
    schedule: Scripted,
    { hash }: Outcome,
    violation: SeedViolation,
    tryOut: (schedule: Schedule, isUnhealed: boolean) => Promise<Outcome>,
    options: ShrinkOptions,
  ) {
    this.#options = options;
    this.#oracle = violation.oracle;
    this.#tryOut = tryOut;
    this.#whole = schedule;
    this.#best = schedule;
    this.#before = sizeOf({ ...schedule, steps: Math.min(schedule.steps, violation.step) });
    this.#hash = hash;
    this.#violation = violation;
  }

  result(): Shrunk {
    const schedule = this.#best;
    const after = sizeOf(schedule);
    const violation = this.#violation;
    return { schedule, violation, hash: this.#hash, runs: this.#runs, before: this.#before, after };
  }

  /** What was cut without healing has to fail with it as well: else all is cut again with it. */
  async run(): Promise<void> {
    if ((await this.#cutAll()) && (await this.#holds())) return;
    this.#isUnhealed = false;
    this.#best = this.#whole;
    await this.#cutAll();
    await this.#holds();
  }

  /** @returns Whether it fails when it is written down: with that begins what all else is measured by. */
  async #cutAll(): Promise<boolean> {
    if (!(await this.#attempt(this.#best))) return false;
    for (let last = ""; last !== this.#mark() && !this.#isOver; ) {
      last = this.#mark();
      await this.#cutEnd();
      await this.#attempt(this.#with({ delays: [] }));
      await this.#leaveOutFaults();
      await this.#cutEnd();
      await this.#leaveOutOperations();
      await this.#leaveOutDelays();
      await this.#squeeze();
      await this.#calmLinks();
    }
    return true;
  }

  /** What is seen now and then only may need less than until somebody looks. */
  async #cutEnd(): Promise<void> {
    for (let part = 2; part <= 16 && !this.#isOver; part *= 2) {
      const steps = this.#best.steps - Math.ceil(this.#best.steps / part);
      if (steps > 0 && (await this.#attempt({ ...this.#best, steps }))) part /= 2;
    }
  }

  #leaveOutFaults(): Promise<void> {
    return this.#reduce(
      () => this.#best.script.faults,
      (faults) => this.#with({ faults }),
    );
  }

  #leaveOutDelays(): Promise<void> {
    return this.#reduce(
      () => this.#best.script.delays,
      (delays) => this.#with({ delays }),
    );
  }

  #leaveOutOperations(): Promise<void> {
    return this.#reduce(
      () => this.#best.script.clients.flatMap(numbered),
      (kept) => this.#with({ clients: this.#best.script.clients.map((one) => only(one, kept)) }),
    );
  }

  /** Nothing may have to happen in between: all moments come closer. */
  async #squeeze(): Promise<void> {
    for (const factor of SQUEEZES) {
      const { faults, clients } = this.#best.script;
      const nearer = faults.map((one) => ({ ...one, step: Math.floor(one.step * factor) }));
      if (await this.#attempt(this.#with({ faults: nearer }))) return;
      const sooner = clients.map((one) => ({
        ...one,
        operations: one.operations.map((each) => ({ ...each, atMs: each.atMs * factor })),
      }));
      if (await this.#attempt(this.#with({ faults: nearer, clients: sooner }))) return;
    }
  }

  async #calmLinks(): Promise<void> {
    const { plan } = this.#best;
    if (plan === undefined || plan.links === GOOD_LINKS) return;
    await this.#attempt({ ...this.#best, plan: { ...plan, links: GOOD_LINKS } });
  }

  /** Cuts parts out of a list, ever smaller ones, while the rest still fails. */
  async #reduce<Item>(
    all: () => readonly Item[],
    having: (kept: readonly Item[]) => Scripted,
  ): Promise<void> {
    for (let size = all().length; size >= 1 && !this.#isOver; size = Math.floor(size / 2)) {
      for (let from = 0; from < all().length && !this.#isOver; ) {
        const items = all();
        const kept = [...items.slice(0, from), ...items.slice(from + size)];
        const isCut = await this.#attempt(having(kept));
        if (!isCut) from += size;
      }
    }
  }

  #with(part: Partial<Script>): Scripted {
    return { ...this.#best, script: { ...this.#best.script, ...part } };
  }

  #mark(): string {
    return JSON.stringify(sizeOf(this.#best));
  }

  get #isOver(): boolean {
    const { runsMax = RUNS_MAX, shouldStop } = this.#options;
    return this.#runs >= runsMax || shouldStop?.() === true;
  }

  async #attempt(schedule: Scripted): Promise<boolean> {
    if (this.#isOver) return false;
    this.#runs += 1;
    const outcome = await this.#tryOut(schedule, this.#isUnhealed);
    const isKept = this.#take(schedule, outcome);
    this.#options.onRun?.(this.#runs, this.#before, sizeOf(this.#best));
    return isKept;
  }

  /** From its first step to the end of its healing, whatever time is left. */
  async #holds(): Promise<boolean> {
    return this.#take(this.#best, await this.#tryOut(this.#best, false));
  }

  #take(schedule: Scripted, { violation, hash, script }: Outcome): boolean {
    if (violation?.oracle !== this.#oracle || script === undefined) return false;
    // What comes after its failure, and what has found no step, is no part of it.
    this.#best = { ...schedule, steps: Math.min(schedule.steps, violation.step), script };
    this.#hash = hash;
    this.#violation = violation;
    return true;
  }
}

function sizeOf({ steps, script }: Schedule): ScheduleSize {
  const operations = script?.clients.reduce((sum, one) => sum + one.operations.length, 0) ?? 0;
  const { delays = [], faults = [] } = script ?? {};
  return { steps, delays: delays.length, faults: faults.length, operations };
}

function numbered({ client, operations }: ClientScript): Numbered[] {
  return operations.map((_, place) => ({ client, place }));
}

function only(script: ClientScript, kept: readonly Numbered[]): ClientScript {
  const places = new Set(
    kept.filter(({ client }) => client === script.client).map(({ place }) => place),
  );
  return { ...script, operations: script.operations.filter((_, place) => places.has(place)) };
}
