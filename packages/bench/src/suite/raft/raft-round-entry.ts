// One round of the raft suite in a process of its own: takes a job as JSON, answers with its result on the
// standard output, and fails when the work does not add up.
import { measureTicks } from "./idle-ticks.ts";
import { measureProposals } from "./proposals.ts";
import type { JobResult, RaftJob } from "./raft-job.ts";
import { measureWire } from "./wire.ts";

async function measure(job: RaftJob): Promise<JobResult> {
  if ("messages" in job) return measureWire(job);
  return "batch" in job ? measureProposals(job) : measureTicks(job);
}

const job = JSON.parse(process.argv[2] ?? "") as RaftJob;
console.log(JSON.stringify(await measure(job)));
