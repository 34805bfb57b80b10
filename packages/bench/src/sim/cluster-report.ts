// What a campaign of simulated clusters has found, seed by seed in their order.
import {
  FAULT_NAMES,
  MARKS,
  NEVER_MARKS,
  PROFILES,
  type Schedule,
  type SeedViolation,
} from "@multiraft/store/sim";
import type { ClusterSeedDone } from "./cluster-thread.ts";
import { chainHash } from "./hash-chain.ts";

/** How a violation is reported: with what brings it back. */
export type FoundViolation = SeedViolation & { readonly hash: string; readonly replay: string };

export type ClusterReport = {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly FoundViolation[];
  readonly simulatedSeconds: number;
  /** Keys whose history was judged, and those that were too entangled to be. */
  readonly histories: { readonly keys: number; readonly undecided: number };
  /** How often each was begun. */
  readonly faults: Readonly<Record<string, number>>;
  /**
   * `forbidden`: reached, though no run may reach them. `areDue`: so many seeds of all profiles should have
   * reached them all.
   */
  readonly marks: {
    readonly areDue: boolean;
    readonly reached: number;
    readonly missed: readonly string[];
    readonly forbidden: readonly string[];
  };
  readonly hash: string;
};

/** What a seed in a hundred reaches, so many do not all miss: once in 20,000 campaigns. */
export const MARKS_DUE_SEEDS = 1_000;

/** A seed that can be run again, to the hash that it had. */
export type RanSchedule = { readonly schedule: Schedule; readonly hash: string };

export class ClusterTally {
  readonly #replayOf: (schedule: Schedule) => string;
  readonly #violations: FoundViolation[] = [];
  readonly #marks = new Set<string>();
  readonly #forbidden = new Set<string>();
  readonly #profiles = new Set<string>();
  readonly #faults = new Map<string, number>(FAULT_NAMES.map((name) => [name, 0]));
  #seeds = 0;
  #steps = 0;
  #simulatedMs = 0;
  #keys = 0;
  #undecidedKeys = 0;
  #hash = "";
  #firstFailed: RanSchedule | undefined;
  #last: RanSchedule | undefined;

  /** @param replayOf The command that runs a schedule again. */
  constructor(replayOf: (schedule: Schedule) => string) {
    this.#replayOf = replayOf;
  }

  get seeds(): number {
    return this.#seeds;
  }

  get steps(): number {
    return this.#steps;
  }

  get violations(): number {
    return this.#violations.length;
  }

  get firstFailed(): RanSchedule | undefined {
    return this.#firstFailed;
  }

  get last(): RanSchedule | undefined {
    return this.#last;
  }

  /** @returns The violation, if there was one. */
  add(schedule: Schedule, done: ClusterSeedDone): FoundViolation | undefined {
    const { hash, violation } = done;
    this.#seeds += 1;
    this.#steps += done.steps;
    this.#simulatedMs += done.simulatedMs;
    this.#keys += done.keys;
    this.#undecidedKeys += done.undecidedKeys;
    this.#hash = chainHash(this.#hash, hash);
    this.#profiles.add(schedule.profile);
    for (const name of done.faults) this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    for (const mark of done.marks) this.#marks.add(mark);
    for (const mark of done.forbidden) this.#forbidden.add(mark);
    this.#last = { schedule, hash };
    if (violation === undefined) return undefined;
    this.#firstFailed ??= { schedule, hash };
    const found = { ...violation, hash, replay: this.#replayOf(schedule) };
    this.#violations.push(found);
    return found;
  }

  report(): ClusterReport {
    return {
      seeds: this.#seeds,
      steps: this.#steps,
      violations: this.#violations,
      simulatedSeconds: Math.round(this.#simulatedMs / 1_000),
      histories: { keys: this.#keys, undecided: this.#undecidedKeys },
      faults: Object.fromEntries(this.#faults),
      marks: {
        areDue: this.#seeds >= MARKS_DUE_SEEDS && this.#profiles.size === PROFILES.length,
        reached: this.#marks.size,
        missed: MARKS.filter((name) => !this.#marks.has(name)),
        forbidden: NEVER_MARKS.filter((name) => this.#forbidden.has(name)),
      },
      hash: this.#hash,
    };
  }
}

export function violationText(found: FoundViolation): string {
  const { seed, profile, step, oracle, what, replay, hash } = found;
  return (
    `FAILED: seed ${seed}, profile ${profile}, step ${step}, ${oracle}: ${what}\n` +
    `  again, to hash ${hash}: ${replay}`
  );
}

export function reportLines(report: ClusterReport): string[] {
  const { seeds, steps, violations, simulatedSeconds, histories, faults, marks, hash } = report;
  const missed = marks.missed.map((name) => `  not reached: ${name}`);
  const forbidden = marks.forbidden.map((name) => `  reached, which may never be: ${name}`);
  const { length: missedCount } = marks.missed;
  const sum = `${seeds} seeds, ${steps} steps, ${simulatedSeconds} simulated seconds`;
  return [
    ...violations.map(violationText),
    `${sum}, ${violations.length} violations, ${hash}`,
    `${histories.keys} histories of keys, ${histories.undecided} undecided`,
    faultsLine(faults),
    `${marks.reached} of ${marks.reached + missedCount} marks reached`,
    ...missed,
    ...(marks.areDue && missedCount > 0
      ? [
          `TOO TAME: ${seeds} seeds of all profiles should reach every mark, and miss ${missedCount}`,
        ]
      : []),
    `${marks.forbidden.length} of ${NEVER_MARKS.length} forbidden marks reached`,
    ...forbidden,
  ];
}

function faultsLine(faults: ClusterReport["faults"]): string {
  const counts = Object.entries(faults).sort(([, a], [, b]) => a - b);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  const [seldom = "none", count = 0] = counts[0] ?? [];
  return `${sum} faults of ${counts.length} kinds, ${seldom} the fewest: ${count}`;
}
