import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  bytes,
  Cluster,
  confState,
  ELECTION_TICKS,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import { NO_PEER } from "./ids.ts";
import { TRANSFER_CONTEXT } from "./message.ts";

const THREE = { voters: [1, 2, 3] };
const ack = (index: number, from: number) =>
  message("MsgAppResp", from, 1, 1, { index: at(index) });

/** A leader whose second peer has everything, and whose third nothing. */
function leader(options: PeerOptions = {}): Peer {
  const peer = new Peer(1, { ...THREE, ...options });
  peer.win(2);
  peer.take(ack(1, 2));
  return peer;
}

function transfer(peer: Peer, to: number) {
  peer.node.transferLeader(id(to));
  return peer.run();
}

describe("the target of a transfer", () => {
  test("row 138: a target that is up to date is told at once", () => {
    expect(transfer(leader(), 2).map(brief)).toEqual(["1->2 MsgTimeoutNow term 1 index 0"]);
  });

  test("row 139: one that is behind is told when it has caught up", () => {
    const peer = leader();
    expect(transfer(peer, 3).map(({ type }) => type)).not.toContain("MsgTimeoutNow");
    const sent = peer.take(ack(1, 3));
    expect(sent.map(brief)).toContain("1->3 MsgTimeoutNow term 1 index 0");
    expect(sent.filter(({ type }) => type === "MsgTimeoutNow")).toHaveLength(1);
  });

  test("row 139: one that has caught up in part is not told yet", () => {
    const peer = leader();
    peer.node.propose(bytes("x"));
    peer.run();
    transfer(peer, 3);
    expect(peer.take(ack(1, 3)).map(({ type }) => type)).not.toContain("MsgTimeoutNow");
    expect(peer.node.status().transferee).toBe(3);
    const told = message("MsgTimeoutNow", 1, 3, 1);
    expect(peer.take(ack(2, 3)).filter(({ type }) => type === "MsgTimeoutNow")).toEqual([told]);
  });

  test.each([false, true])(
    "rows 52, 138: it takes over in a cluster and gives back, check-quorum %s",
    (checkQuorum) => {
      const cluster = new Cluster(3, { checkQuorum, preVote: checkQuorum });
      cluster.elect(1);
      cluster.node(1).transferLeader(id(3));
      cluster.settle();
      expect(cluster.roles).toEqual({ 1: "follower", 2: "follower", 3: "leader" });
      cluster.node(3).transferLeader(id(1));
      cluster.settle();
      expect(cluster.roles).toEqual({ 1: "leader", 2: "follower", 3: "follower" });
    },
  );

  test("row 138: a follower passes the request on, to whomever it names", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.node(2).transferLeader(id(3));
    cluster.settle();
    expect(cluster.roles[3]).toBe("leader");
  });

  test("without a leader a follower drops it, as does a candidate", () => {
    const peer = new Peer(1, THREE);
    expect(transfer(peer, 2)).toEqual([]);
    expect(peer.kinds.at(-1)).toBe("transfer-without-leader");
    peer.node.campaign();
    peer.run();
    expect(transfer(peer, 2)).toEqual([]);
  });

  test("row 139: a target is brought up by a snapshot first if it must be", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.isolate(3);
    cluster.propose(1, "x");
    const leading = cluster.peer(1);
    leading.storage.keepSnapshot(snapshot(2, 1, confState([1, 2, 3])));
    leading.storage.compact(at(2));
    cluster.heal();
    cluster.node(1).transferLeader(id(3));
    cluster.tick(1);
    expect(cluster.roles[3]).toBe("leader");
  });
});

describe("requests that start nothing", () => {
  test.each([
    ["row 140: a transfer to itself", 1, "transfer-to-self"],
    ["row 140: a transfer to a stranger", 9, "progress-missing"],
    ["row 137: a transfer to a learner", 4, "transfer-to-learner"],
  ])("%s starts nothing", (_, to, kind) => {
    const peer = leader({ learners: [4] });
    expect(transfer(peer, to)).toEqual([]);
    expect(peer.kinds.at(-1)).toBe(kind);
    expect(peer.node.status().transferee).toBe(NO_PEER);
    expect(peer.node.propose(bytes("x"))).toBeUndefined();
  });
});

describe("how a transfer ends", () => {
  test("row 141: it is given up after an election timeout", () => {
    const peer = leader();
    transfer(peer, 3);
    peer.tick(ELECTION_TICKS - 1);
    expect(peer.node.status().transferee).toBe(3);
    peer.tick();
    expect(peer.node.status().transferee).toBe(NO_PEER);
    expect(peer.node.role).toBe("leader");
    expect(peer.node.propose(bytes("x"))).toBeUndefined();
  });

  test("row 141: it has a whole timeout of its own", () => {
    const peer = leader();
    peer.tick(ELECTION_TICKS - 1);
    transfer(peer, 3);
    peer.tick(ELECTION_TICKS - 1);
    expect(peer.node.status().transferee).toBe(3);
  });

  test("row 145: the same target again does not extend it", () => {
    const peer = leader();
    transfer(peer, 3);
    peer.tick(ELECTION_TICKS - 1);
    transfer(peer, 3);
    expect(peer.kinds.at(-1)).toBe("transfer-already-pending");
    peer.tick();
    expect(peer.node.status().transferee).toBe(NO_PEER);
  });

  test("row 145: another target replaces it, in a timeout of its own", () => {
    const peer = leader();
    transfer(peer, 3);
    peer.tick(ELECTION_TICKS - 1);
    const sent = transfer(peer, 2);
    expect(sent.map(brief)).toContain("1->2 MsgTimeoutNow term 1 index 0");
    expect(peer.events.find(({ kind }) => kind === "transfer-aborted")).toMatchObject({
      transferee: 3,
    });
    peer.tick();
    expect(peer.node.status().transferee).toBe(2);
  });

  test("row 145: back to itself cancels it", () => {
    const peer = leader();
    transfer(peer, 3);
    transfer(peer, 1);
    expect(peer.node.status().transferee).toBe(NO_PEER);
    expect(peer.node.propose(bytes("x"))).toBeUndefined();
  });

  test("row 143: a vote of a higher term ends it", () => {
    const peer = leader();
    transfer(peer, 3);
    peer.take(message("MsgVote", 2, 1, 2, { index: at(1), logTerm: term(1) }));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 2, transferee: NO_PEER });
  });
});

describe("MsgTimeoutNow", () => {
  const now = message("MsgTimeoutNow", 2, 1, 1);

  test("row 146: it starts an election without a poll, marked so that leases do not bind", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 1 } });
    const sent = peer.take(now);
    expect(sent.map(brief)).toEqual(["1->2 MsgVote term 2 index 0", "1->3 MsgVote term 2 index 0"]);
    expect(sent.map(({ context }) => context)).toEqual([TRANSFER_CONTEXT, TRANSFER_CONTEXT]);
  });

  test.each([
    ["a learner", { voters: [2, 3], learners: [1] }],
    ["a stranger", { voters: [2, 3] }],
  ])("row 146: it is ignored by %s", (_, options) => {
    const peer = new Peer(1, { ...options, hardState: { term: 1 } });
    expect(peer.take(now)).toEqual([]);
    expect(peer.node.role).toBe("follower");
  });

  test.each([false, true])(
    "row 146: it is ignored by a candidate and a leader, pre-vote %s",
    (preVote) => {
      const peer = new Peer(1, { ...THREE, preVote });
      peer.node.campaign();
      peer.run();
      const { role, term: before } = peer.node;
      expect(peer.take(message("MsgTimeoutNow", 2, 1, before))).toEqual([]);
      expect([peer.node.role, peer.node.term]).toEqual([role, before]);
      expect(leader().take(now)).toEqual([]);
    },
  );
});
