// Ticks of replicas that have nothing to do, and, apart from them, heartbeats: the one thing that an idle
// leader does now and then. Ticks go through the door that the store uses, whose answer says whether there is
// work; an idle replica that says so fails the round.
import { assert } from "@multiraft/runtime";
import type { RaftNode } from "@multiraft/store/raft";
import { type Measured, rateOf, timed } from "../round.ts";
import { grownHeap, keptHeapBytes } from "./heap.ts";
import { type GroupTiming, RaftGroup, REPLICAS } from "./raft-group.ts";
import type { TickJob } from "./raft-job.ts";

/** No timeout passes in any round. */
const NEVER: GroupTiming = { electionTicks: 1_000_000_000, heartbeatTicks: 100_000_000 };
const HEARTBEAT_WARM_UPS = 10;
/** Groups before the memory of further ones is read: what is allocated once is there by then. */
const GROUPS_BEFORE = 200;
/** Every tick of a leader sends heartbeats. */
const ALWAYS: GroupTiming = { electionTicks: 10, heartbeatTicks: 1 };
/** Ticks before the clock runs, of all replicas together: by then the code is compiled. */
const WARM_UP_TICKS = 400_000;

export async function measureTicks(job: TickJob): Promise<Measured> {
  switch (job.kind) {
    case "idle-followers":
      return idleRound(job, (node) => !node.isLeader);
    case "idle-leaders":
      return idleRound(job, (node) => node.isLeader);
    case "idle-mixed":
    case "tick-bytes":
      return idleRound(job, () => true);
    case "heartbeats":
      return heartbeatRound(job);
    case "plain-counters":
      return counterRound(job);
    case "replica-bytes":
      return replicaBytes(job);
  }
}

async function idleRound(
  { kind, replicas, ticks }: TickJob,
  isWanted: (node: RaftNode) => boolean,
): Promise<Measured> {
  const nodes: RaftNode[] = [];
  for (let group = 0; nodes.length < replicas; group += 1)
    for (const node of new RaftGroup(group, NEVER).nodes)
      if (nodes.length < replicas && isWanted(node)) nodes.push(node);
  tickAll(nodes, warmUpTicks(replicas));
  const work = async () => tickAll(nodes, ticks);
  const operations = replicas * ticks;
  if (kind !== "tick-bytes") return rateOf(operations, await timed(work));
  const { bytes, cpuSeconds } = await grownHeap(work);
  return { figures: { rate: bytes / operations }, operations, cpuSeconds };
}

function warmUpTicks(replicas: number): number {
  return Math.ceil(WARM_UP_TICKS / replicas);
}

function tickAll(nodes: readonly RaftNode[], ticks: number): void {
  let busy = 0;
  for (let tick = 0; tick < ticks; tick += 1)
    // By index: until it is compiled, an iterator would allocate what the core is measured for.
    for (let i = 0; i < nodes.length; i += 1) if (nodes[i]?.tick()) busy += 1;
  assert(busy === 0, () => `${busy} ticks of idle replicas found work`);
}

/** Every leader's tick sends heartbeats, which are answered: the ticks of all replicas, and what follows. */
async function heartbeatRound({ replicas, ticks }: TickJob): Promise<Measured> {
  const count = Math.ceil(replicas / REPLICAS);
  const groups = Array.from({ length: count }, (_, group) => new RaftGroup(group, ALWAYS));
  let beats = 0;
  const tickGroups = (times: number) => {
    for (let tick = 0; tick < times; tick += 1)
      for (const group of groups) {
        for (const node of group.nodes) if (node.tick() && node.isLeader) beats += 1;
        group.settle();
      }
  };
  tickGroups(HEARTBEAT_WARM_UPS);
  beats = 0;
  const timing = await timed(async () => tickGroups(ticks));
  assert(beats === count * ticks, "a tick without a heartbeat");
  // A leader whose heartbeats are not answered steps down: it checks its quorum every ten ticks.
  assert(
    groups.every(({ leader }) => leader.isLeader),
    "heartbeats were not answered",
  );
  return rateOf(count * ticks, timing);
}

/** The floor: as many objects as there are replicas, and a number in each that grows. */
async function counterRound({ replicas, ticks }: TickJob): Promise<Measured> {
  const counters = Array.from({ length: replicas }, () => ({ elapsed: 0 }));
  const count = (times: number) => {
    for (let tick = 0; tick < times; tick += 1)
      for (const counter of counters) counter.elapsed += 1;
  };
  count(warmUpTicks(replicas));
  const timing = await timed(async () => count(ticks));
  const expected = warmUpTicks(replicas) + ticks;
  assert(
    counters.every(({ elapsed }) => elapsed === expected),
    "a counter was left out",
  );
  return rateOf(replicas * ticks, timing);
}

/** With its storage, which holds one entry and the configuration. */
async function replicaBytes({ replicas }: TickJob): Promise<Measured> {
  const count = Math.ceil(replicas / REPLICAS);
  const groups: RaftGroup[] = [];
  const add = (more: number) => {
    for (let i = 0; i < more; i += 1) groups.push(new RaftGroup(groups.length, NEVER));
  };
  add(GROUPS_BEFORE);
  const before = keptHeapBytes();
  const { cpuSeconds } = await timed(() => add(count));
  const bytes = keptHeapBytes() - before;
  assert(
    groups.every(({ leader }) => leader.isLeader),
    "a group was not there",
  );
  const operations = count * REPLICAS;
  return { figures: { rate: bytes / operations }, operations, cpuSeconds };
}
