// One round of the raft suite: takes a job, and fails when its work does not add up.
import { defineRound, type Measured, type OpenRound } from "../round.ts";
import { HEAP_FLAGS } from "./heap.ts";
import { measureTicks } from "./idle-ticks.ts";
import { measureProposals } from "./proposals.ts";
import type { RaftJob } from "./raft-job.ts";
import { measureWire } from "./wire.ts";

export const raftRound = defineRound<RaftJob>({
  url: import.meta.url,
  name: "raftRound",
  flags: ["--expose-gc"],
  open: openJob,
});

/** With a young generation that holds all that a job allocates. */
export const raftMemoryRound = defineRound<RaftJob>({
  url: import.meta.url,
  name: "raftMemoryRound",
  flags: HEAP_FLAGS,
  open: openJob,
});

async function openJob(job: RaftJob): Promise<OpenRound> {
  return { iterate: () => measure(job), close: async () => {} };
}

function measure(job: RaftJob): Promise<Measured> {
  if ("messages" in job) return measureWire(job);
  return "batch" in job ? measureProposals(job) : measureTicks(job);
}
