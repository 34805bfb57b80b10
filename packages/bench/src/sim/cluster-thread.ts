// A thread of the simulation of whole clusters. What a seed leaves behind that is large (its history, what
// a timeline is drawn from) stays here: whoever wants to see it runs the seed again.
import { type Schedule, SeedRun, type SeedViolation } from "@multiraft/store/sim";
import { serveSeeds } from "./seed-thread.ts";

export type ClusterSeedDone = {
  readonly steps: number;
  readonly simulatedMs: number;
  readonly hash: string;
  readonly keys: number;
  readonly undecidedKeys: number;
  /** Names of those that found something to be done to, as often as they did. */
  readonly faults: readonly string[];
  readonly marks: readonly string[];
  readonly forbidden: readonly string[];
  readonly violation: SeedViolation | undefined;
};

serveSeeds(async (schedule: Schedule): Promise<ClusterSeedDone> => {
  const report = await new SeedRun(schedule).run();
  const { steps, simulatedMs, hash, keys, undecidedKeys, marks, forbidden, violation } = report;
  return {
    steps,
    simulatedMs,
    hash,
    keys,
    undecidedKeys,
    faults: report.faults.map(({ name }) => name),
    marks: [...marks],
    forbidden: [...forbidden],
    violation,
  };
});
