// A thread of the simulation of the Raft core: every `jobs`th seed, each told as soon as it is done.
import { parentPort, workerData } from "node:worker_threads";
import {
  type CoverageCounts,
  findViolation,
  type RaftViolation,
  runRaftSeed,
} from "@multiraft/store/sim";

export type RaftShare = {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly job: number;
  readonly jobs: number;
};

export type RaftSeedDone = {
  /** Counted from the first seed of the run. */
  readonly place: number;
  readonly steps: number;
  readonly hash: string;
  readonly coverage: CoverageCounts;
  readonly violation: RaftViolation | undefined;
};

const { firstSeed, seeds, steps, job, jobs }: RaftShare = workerData;
for (let place = job; place < seeds; place += jobs) {
  const seed = firstSeed + place;
  const run = runRaftSeed(seed, steps);
  const violation = run.violation && findViolation(seed, steps);
  const done: RaftSeedDone = {
    place,
    steps: run.steps,
    hash: run.hash,
    coverage: run.coverage,
    violation,
  };
  parentPort?.postMessage(done);
}
