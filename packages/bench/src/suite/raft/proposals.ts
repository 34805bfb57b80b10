// Rounds of proposals: how many a second are committed and applied by all three replicas, and what memory
// each costs, beside three plain logs that take the same entries without agreeing on anything.
import { assert } from "@multiraft/runtime";
import { type Entry, type LogIndex, makeEntry, type Term } from "@multiraft/store/raft";
import { type Measured, rateOf, timed } from "../round.ts";
import { AppliedProposals, proposalBatches } from "./applied-proposals.ts";
import { grownHeap } from "./heap.ts";
import { RaftGroup, REPLICAS } from "./raft-group.ts";
import type { ProposalJob } from "./raft-job.ts";

/** Batches before the clock runs: by then the code is compiled. */
const WARM_UP_BATCHES = 2_000;

type Batches = readonly (readonly Uint8Array[])[];
/** Whoever takes batches of proposals: a Raft group, or its rival. */
type Taker = { propose(payloads: readonly Uint8Array[]): void; verifiedProposals(): number };

export async function measureProposals(job: ProposalJob): Promise<Measured> {
  const make = (group: number) => (job.kind === "plain-logs" ? new PlainLogs(group) : raft(group));
  await round(make, { ...job, groups: 1, proposals: WARM_UP_BATCHES * job.batch }, timed);
  if (job.kind !== "proposal-bytes") {
    const { amount, timing } = await round(make, job, timed);
    return rateOf(amount, timing);
  }
  const { amount, timing } = await round(make, job, grownHeap);
  const { bytes, cpuSeconds } = timing;
  return { figures: { rate: bytes / amount }, operations: amount, cpuSeconds };
}

function raft(group: number): Taker {
  return new RaftGroup(group);
}

/** The groups take their batches in turn, so that each finds the caches as the others left them. */
async function round<Measure>(
  make: (group: number) => Taker,
  { groups, proposals, batch, payloadBytes }: ProposalJob,
  measure: (work: () => Promise<void>) => Promise<Measure>,
): Promise<{ readonly amount: number; readonly timing: Measure }> {
  const share = proposals / groups;
  assert(Number.isInteger(share), "proposals that cannot be shared equally");
  const takers = Array.from({ length: groups }, (_, group) => make(group));
  const work: readonly Batches[] = takers.map((_, group) =>
    proposalBatches(group, share, batch, payloadBytes),
  );
  globalThis.gc?.();
  const timing = await measure(async () => {
    for (let turn = 0; turn * batch < share; turn += 1)
      for (let group = 0; group < groups; group += 1)
        takers[group]?.propose(work[group]?.[turn] ?? []);
  });
  const amount = takers.reduce((sum, taker) => sum + taker.verifiedProposals(), 0);
  assert(amount === proposals, () => `${amount} of ${proposals} proposals were committed`);
  return { amount, timing };
}

/** The floor: entries are made, put into three lists and applied three times. */
class PlainLogs implements Taker {
  readonly #logs: readonly Entry[][] = Array.from({ length: REPLICAS }, () => []);
  readonly #applied: readonly AppliedProposals[];

  constructor(group: number) {
    this.#applied = this.#logs.map(() => new AppliedProposals(group));
  }

  propose(payloads: readonly Uint8Array[]): void {
    const last = this.#logs[0]?.length ?? 0;
    const entries = payloads.map((data, i) =>
      makeEntry(1 as Term, (last + i + 1) as LogIndex, "normal", data),
    );
    for (const log of this.#logs) for (const entry of entries) log.push(entry);
    for (const applied of this.#applied) for (const entry of entries) applied.take(entry);
  }

  verifiedProposals(): number {
    const [first] = this.#applied;
    assert(first !== undefined, "no logs");
    for (const log of this.#logs)
      assert(log.length === first.count, "plain logs of unequal length");
    return first.count;
  }
}
