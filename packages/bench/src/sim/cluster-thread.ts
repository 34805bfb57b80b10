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
    marks: [...marks],
    forbidden: [...forbidden],
    violation,
  };
});
