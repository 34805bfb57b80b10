// Which peers may be left without ticks, and what they do when ticks begin again.
import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  bytes,
  Cluster,
  ELECTION_TICKS,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
} from "../../test/raft-fixture.ts";

const OPTIONS: PeerOptions = {
  checkQuorum: true,
  preVote: true,
  reportCommittedIndex: true,
  heartbeatTicks: 2,
};

/** Three peers of which the first leads, and all know that its first entry is committed. */
function group(): Cluster {
  const cluster = new Cluster(3, OPTIONS);
  cluster.node(1).campaign();
  cluster.settle();
  return cluster;
}

/** Alone, as the leader of a group whose others have answered for all there is. */
function levelLeader(options: PeerOptions = {}): Peer {
  const peer = new Peer(1, { voters: [1, 2, 3], reportCommittedIndex: true, ...options });
  peer.win(2);
  peer.take(...[2, 3].map((other) => ack(other, 1)));
  return peer;
}

const ack = (from: number, index: number, commit = index) =>
  message("MsgAppResp", from, 1, 1, { index: at(index), commit: at(commit) });

const beat = (commit: number, from = 2) =>
  message("MsgHeartbeat", from, 1, 1, { commit: at(commit) });

/** With entries of term 1 up to `last`, committed and applied, that hears peer 2 lead. */
function follower(options: PeerOptions = {}, last = 2): Peer {
  const log = Array.from({ length: last }, () => 1);
  const peer = new Peer(1, { voters: [1, 2, 3], log, hardState: { term: 1 }, ...options });
  peer.take(beat(last));
  return peer;
}

describe("a peer is at rest", () => {
  test("when all of its group have everything, and know it", () => {
    const cluster = group();
    for (const raw of [1, 2, 3]) expect(cluster.node(raw).isAtRest).toBe(true);
    cluster.node(1).propose(bytes("x"));
    expect(cluster.node(1).isAtRest).toBe(false);
    cluster.settle();
    for (const raw of [1, 2, 3]) expect(cluster.node(raw).isAtRest).toBe(true);
  });

  test("as a leader that is alone", () => {
    const peer = new Peer(1, { voters: [1] });
    peer.node.campaign();
    peer.run();
    expect(peer.node.isAtRest).toBe(true);
  });

  test("as a learner", () => {
    const learner = follower({ voters: [2, 3], learners: [1] });
    expect(learner.node.isAtRest).toBe(true);
  });
});

describe("a leader is not", () => {
  test.each([
    ["while one has not stored everything", [ack(2, 1), ack(3, 0)]],
    ["while one does not know that it is committed", [ack(2, 1), ack(3, 1, 0)]],
    ["while one was not heard of", [ack(2, 1)]],
  ] as const)("%s", (_what, acks) => {
    const peer = new Peer(1, { voters: [1, 2, 3], reportCommittedIndex: true });
    peer.win(2);
    peer.take(...acks);
    expect(peer.node.commitIndex).toBe(1);
    expect(peer.node.isAtRest).toBe(false);
    peer.take(ack(2, 1), ack(3, 1));
    expect(peer.node.isAtRest).toBe(true);
  });

  test("while a learner is behind", () => {
    const peer = levelLeader({ learners: [4] });
    expect(peer.node.isAtRest).toBe(false);
    peer.take(ack(4, 1));
    expect(peer.node.isAtRest).toBe(true);
  });

  test("while it hands over", () => {
    const peer = levelLeader();
    peer.node.transferLeader(id(2));
    peer.run();
    expect(peer.node.isAtRest).toBe(false);
  });

  test("while a read waits", () => {
    const peer = levelLeader();
    peer.node.readIndex(bytes("read"));
    peer.run();
    expect(peer.node.isAtRest).toBe(false);
    peer.take(message("MsgHeartbeatResp", 2, 1, 1, { context: 1, commit: at(1) }));
    expect(peer.reads).toHaveLength(1);
    expect(peer.node.isAtRest).toBe(true);
  });

  test("when it is no voter of its own group", () => {
    const peer = levelLeader();
    peer.node.applyConfChange({
      transition: "auto",
      changes: [{ type: "remove-node", nodeId: id(1) }],
      context: null,
    });
    peer.run();
    expect(peer.node.isLeader).toBe(true);
    expect(peer.node.isAtRest).toBe(false);
  });
});

describe("a follower is not", () => {
  test("while it knows no leader", () => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    expect(peer.node.isAtRest).toBe(false);
  });

  test("while entries are not committed", () => {
    const peer = follower();
    expect(peer.node.isAtRest).toBe(true);
    const hearing = new Peer(1, { voters: [1, 2], log: [1, 1], hardState: { term: 1 } });
    hearing.take(beat(1));
    expect(hearing.node.isAtRest).toBe(false);
  });

  test("while entries are not durable, nor while they are not applied", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], asyncStorageWrites: true });
    peer.node.step(beat(0));
    peer.run();
    expect(peer.node.isAtRest).toBe(true);
    peer.node.step(message("MsgApp", 2, 1, 1, { entries: [entry(1, 1, "x")] }));
    // Handed out to be written, and nothing has come back.
    const writing = peer.node.ready();
    expect(peer.node.isAtRest).toBe(false);
    for (const work of writing.messages) {
      peer.persist({ hardState: null, entries: work.entries, snapshot: null });
      for (const response of work.responses) if (response.to === peer.id) peer.node.step(response);
    }
    peer.node.step(beat(1));
    const applying = peer.node.ready();
    expect(applying.committedEntries).toHaveLength(1);
    expect(peer.node.hasReady()).toBe(false);
    expect(peer.node.isAtRest).toBe(false);
    for (const work of applying.messages)
      for (const response of work.responses) if (response.to === peer.id) peer.node.step(response);
    peer.run();
    expect(peer.node.isAtRest).toBe(true);
  });

  test("when its leader is a learner: nobody but itself would call an election (tikv #9505)", () => {
    const peer = follower({ voters: [1, 3], learners: [2] });
    expect(peer.node.leader).toBe(2);
    expect(peer.node.isAtRest).toBe(false);
  });

  test("while it withholds its vote after a restart", () => {
    const peer = follower({ withholdVotesAfterRestart: true });
    expect(peer.node.isAtRest).toBe(false);
    peer.tick(ELECTION_TICKS - 1);
    peer.take(beat(2));
    peer.tick();
    expect(peer.node.isAtRest).toBe(true);
  });

  test("in a joint configuration, nor is a candidate", () => {
    const peer = follower();
    peer.node.applyConfChange({
      transition: "explicit",
      changes: [{ type: "add-learner-node", nodeId: id(3) }],
      context: null,
    });
    expect(peer.node.isAtRest).toBe(false);
    const candidate = follower();
    candidate.node.campaign();
    candidate.run();
    expect(candidate.node.isAtRest).toBe(false);
  });
});

describe("after it was left without ticks", () => {
  test("a follower waits a whole timeout for its leader", () => {
    const peer = follower({ preVote: true });
    peer.tick(ELECTION_TICKS - 1);
    peer.node.wake();
    expect(peer.tick(ELECTION_TICKS - 1)).toEqual([]);
    expect(peer.tick().map(({ type }) => type)).toEqual(["MsgPreVote", "MsgPreVote"]);
  });

  test("a leader beats at once, and leads on for a whole timeout without an answer", () => {
    const peer = levelLeader({ checkQuorum: true, heartbeatTicks: 3 });
    peer.tick(ELECTION_TICKS - 1);
    peer.node.wake();
    expect(peer.tick().map(brief)).toEqual([
      "1->2 MsgHeartbeat term 1 index 0",
      "1->3 MsgHeartbeat term 1 index 0",
    ]);
    peer.tick(ELECTION_TICKS - 2);
    expect(peer.node.isLeader).toBe(true);
  });

  test("a leader that nobody answers steps down after it: what it heard before does not count", () => {
    const peer = levelLeader({ checkQuorum: true });
    peer.node.wake();
    peer.tick(ELECTION_TICKS);
    expect(peer.node.isLeader).toBe(false);
  });
});
