// A thread of the simulation of the Raft core.
import {
  type CoverageCounts,
  findViolation,
  type RaftViolation,
  runRaftSeed,
} from "@multiraft/store/sim";
import { serveSeeds } from "./seed-thread.ts";

export type RaftTask = { readonly seed: number; readonly steps: number };

export type RaftSeedDone = {
  readonly steps: number;
  readonly hash: string;
  readonly coverage: CoverageCounts;
  readonly violation: RaftViolation | undefined;
};

serveSeeds(({ seed, steps }: RaftTask): RaftSeedDone => {
  const run = runRaftSeed(seed, steps);
  const violation = run.violation && findViolation(seed, steps);
  return { steps: run.steps, hash: run.hash, coverage: run.coverage, violation };
});
