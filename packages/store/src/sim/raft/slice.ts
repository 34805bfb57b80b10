/** Many seeds in a row, and what they say together. */
import { Coverage, type CoverageCounts } from "./coverage.ts";
import { findViolation, type RaftViolation } from "./find-violation.ts";
import { RunningHash } from "./running-hash.ts";
import { run } from "./simulate.ts";

/** Long enough for several elections, snapshots and changes of membership in one run. */
export const STEPS_DEFAULT = 2_000;

export type RaftSlice = {
  readonly seeds: number;
  readonly steps: number;
  readonly hash: string;
  readonly coverage: CoverageCounts;
};

export class RaftViolationError extends Error {
  override readonly name = "RaftViolationError";
  readonly code = "ERR_MULTIRAFT_RAFT_VIOLATION";
  readonly violation: RaftViolation;

  constructor(violation: RaftViolation) {
    const { seed, step, invariant, message, schedule } = violation;
    super(`seed ${seed}, step ${step}: ${invariant}: ${message}\n${schedule.join("\n")}`);
    this.violation = violation;
  }
}

/** Hashes of seeds, taken in in their order, whoever has run them. */
export class SliceHash {
  readonly #hash = new RunningHash();

  add(seedHash: string): void {
    this.#hash.addText(seedHash);
  }

  get value(): string {
    return this.#hash.value;
  }
}

/** Runs the seeds from `first` on. @throws RaftViolationError on the first broken promise. */
export function checkRaftSeeds(first: number, seeds: number, steps = STEPS_DEFAULT): RaftSlice {
  const coverage = new Coverage();
  const hash = new SliceHash();
  let stepsDone = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const result = run(seed, steps);
    const violation = result.violation === undefined ? undefined : findViolation(seed, steps);
    if (violation !== undefined) throw new RaftViolationError(violation);
    stepsDone += result.steps;
    hash.add(result.hash);
    coverage.add(result.coverage);
  }
  return { seeds, steps: stepsDone, hash: hash.value, coverage: coverage.counts };
}
