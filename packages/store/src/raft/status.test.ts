import { expect, test } from "vitest";
import { at, bytes, confState, id, message, Peer, snapshot } from "../../test/raft-fixture.ts";

const VOTERS = { voters: [1, 2, 3], learners: [4] };

test("a follower tells what it knows, and nothing of any progress", () => {
  const peer = new Peer(2, { ...VOTERS, log: [1], hardState: { term: 3, vote: 1, commit: 1 } });
  peer.take(message("MsgHeartbeat", 1, 2, 3, { commit: at(1) }));
  expect(peer.node.status()).toEqual({
    id: 2,
    term: 3,
    vote: 1,
    commit: 1,
    applied: 1,
    leader: 1,
    role: "follower",
    transferee: 0,
    confState: confState([1, 2, 3], { learners: [id(4)] }),
    progress: [],
  });
});

test("a candidate knows no leader", () => {
  const peer = new Peer(2, VOTERS);
  peer.node.campaign();
  peer.run();
  const { role, leader, vote } = peer.node.status();
  expect({ role, leader, vote }).toEqual({ role: "candidate", leader: 0, vote: 2 });
});

test("a leader tells how far every member is, and to whom it hands over", () => {
  const peer = new Peer(1, {
    ...VOTERS,
    snapshot: snapshot(5, 1, confState([1, 2, 3], { learners: [id(4)] })),
    hardState: { term: 1, commit: 5 },
    reportCommittedIndex: true,
  });
  peer.win(2);
  const { term } = peer.node;
  peer.take(message("MsgAppResp", 2, 1, term, { index: at(6), commit: at(5) }));
  peer.node.propose(bytes("a"));
  peer.take(message("MsgHeartbeatResp", 3, 1, term));
  peer.take(message("MsgAppResp", 3, 1, term, { index: at(5), reject: true }));
  peer.take(message("MsgHeartbeatResp", 4, 1, term));
  peer.take(message("MsgAppResp", 4, 1, term, { index: at(5), reject: true }));
  peer.node.transferLeader(id(2));
  const { progress, ...status } = peer.node.status();
  expect(status).toMatchObject({ role: "leader", leader: 1, transferee: 2, commit: 6 });
  expect(progress).toEqual([
    { ...AT_REST, id: 1, state: "replicate", match: 7, next: 8, committedIndex: 6 },
    {
      ...AT_REST,
      id: 2,
      state: "replicate",
      match: 6,
      next: 8,
      committedIndex: 5,
      inflightMessages: 1,
    },
    SNAPSHOT_TO_3,
    { ...SNAPSHOT_TO_3, id: 4, isLearner: true },
  ]);
});

const AT_REST = {
  isLearner: false,
  isRecentlyActive: true,
  isPaused: false,
  pendingSnapshotIndex: 0,
  inflightMessages: 0,
  committedIndex: 0,
};

const SNAPSHOT_TO_3 = {
  ...AT_REST,
  id: 3,
  state: "snapshot",
  match: 0,
  next: 6,
  isPaused: true,
  pendingSnapshotIndex: 5,
};
