/**
 * Thousands of groups lie idle in a process, so a tick without an event must cost no memory. The
 * heap is read before and after a million ticks; other work of the process allocates now and then,
 * so the least growth of some runs counts, and a collection in between, which makes the heap
 * smaller, disqualifies a run.
 */
import { expect, test } from "vitest";
import { message, Peer, type PeerOptions } from "../../test/raft-fixture.ts";
import type { RaftNode } from "./raft-node.ts";

const TICKS = 1_000_000;
const RUNS = 12;
/** One object of the smallest size at each tick would be 16 MB, one at each thousandth 16 kB. */
const GROWTH_BYTES_MAX = 12_000;

/** Longer than all ticks of a test, and no number that leaves the machine's small integers. */
const NEVER_TICKS = (RUNS + 2) * TICKS;
const IDLE: PeerOptions = {
  voters: [1, 2, 3],
  electionTicks: NEVER_TICKS + 1,
  heartbeatTicks: NEVER_TICKS,
  checkQuorum: true,
  preVote: true,
};

function follower(): RaftNode {
  return new Peer(1, IDLE).node;
}

function withholding(): RaftNode {
  return new Peer(1, { ...IDLE, withholdVotesAfterRestart: true, hardState: { term: 1 } }).node;
}

function learner(): RaftNode {
  return new Peer(1, {
    ...IDLE,
    voters: [2, 3],
    learners: [1],
    electionTicks: 10,
    heartbeatTicks: 1,
  }).node;
}

function leader(): RaftNode {
  const peer = new Peer(1, IDLE);
  peer.node.campaign();
  peer.run();
  for (const type of ["MsgPreVoteResp", "MsgVoteResp"] as const) peer.take(message(type, 2, 1, 1));
  return peer.node;
}

test.each([
  ["follower", follower],
  ["follower that withholds its vote", withholding],
  ["learner whose timeout is due", learner],
  ["leader between heartbeats", leader],
] as const)("the idle ticks of a %s allocate nothing", (_role, start) => {
  const node = start();
  let work = 0;
  const run = () => {
    for (let i = 0; i < TICKS; i++) if (node.tick()) work += 1;
  };
  run();
  const grown: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const before = process.memoryUsage().heapUsed;
    run();
    grown.push(process.memoryUsage().heapUsed - before);
  }
  expect(work).toBe(0);
  const least = Math.min(...grown.filter((bytes) => bytes >= 0));
  expect(least).toBeLessThan(GROWTH_BYTES_MAX);
});
