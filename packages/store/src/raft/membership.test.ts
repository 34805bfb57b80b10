import { describe, expect, test } from "vitest";
import {
  at,
  bytes,
  Cluster,
  confState,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
} from "../../test/raft-fixture.ts";
import { type ConfChangeSingle, type ConfChangeTransition, makeConfChange } from "./conf-change.ts";
import { NO_PEER } from "./ids.ts";

const add = (raw: number): ConfChangeSingle => ({ type: "add-node", nodeId: id(raw) });
const addLearner = (raw: number): ConfChangeSingle => ({
  type: "add-learner-node",
  nodeId: id(raw),
});
const remove = (raw: number): ConfChangeSingle => ({ type: "remove-node", nodeId: id(raw) });
const ack = (index: number, from = 2) => message("MsgAppResp", from, 1, 1, { index: at(index) });

function leader(options: PeerOptions = { voters: [1, 2, 3] }): Peer {
  const peer = new Peer(1, options);
  peer.win(2);
  return peer;
}

function change(
  peer: Peer,
  changes: readonly ConfChangeSingle[],
  transition: ConfChangeTransition = "auto",
) {
  return peer.node.applyConfChange(makeConfChange(changes, transition));
}

describe("a change takes effect when it is applied", () => {
  test.each(["conf-change", "conf-change-v2"] as const)(
    "row 116: a change takes effect when it is applied, as %s",
    (type) => {
      const cluster = new Cluster(3);
      cluster.elect(1);
      cluster.isolate(3);
      cluster.isolate(2);
      cluster.node(1).proposeConfChange(makeConfChange([remove(3)]), type);
      cluster.settle();
      expect(cluster.node(1).confState.voters).toEqual([1, 2, 3]);
      cluster.heal();
      cluster.tick(1);
      for (const raw of [1, 2]) expect(cluster.node(raw).confState.voters).toEqual([1, 2]);
    },
  );

  test("row 129: a new peer is probed at once", () => {
    const peer = leader();
    peer.take(ack(1));
    change(peer, [addLearner(4)]);
    const sent = peer.run();
    expect(sent).toMatchObject([{ type: "MsgApp", to: 4, index: 0 }]);
    expect(sent[0]?.entries).toHaveLength(1);
    expect(peer.node.progressOf(id(4))).toMatchObject({ match: 0, isRecentlyActive: true });
  });

  test("row 126: one that cannot be applied is a broken invariant", () => {
    expect(() => change(leader({ voters: [1] }), [remove(1)])).toThrow("removed-all-voters");
    expect(() => change(leader(), [])).toThrow("not-joint");
  });

  test("row 116: followers only take note of it", () => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    change(peer, [add(4)]);
    expect(peer.run()).toEqual([]);
    expect(peer.node.confState.voters).toEqual([1, 2, 3, 4]);
  });
});

describe("a smaller quorum commits what it already stores", () => {
  test("row 82: a demotion commits what the smaller quorum stores", () => {
    const peer = leader({ voters: [1, 2] });
    peer.node.propose(bytes("x"));
    peer.run();
    expect(peer.node.commitIndex).toBe(0);
    change(peer, [addLearner(2)]);
    expect(peer.node.commitIndex).toBe(2);
    expect(peer.run().map(({ to, commit }) => [to, commit])).toEqual([]);
    peer.tick();
    expect(peer.take(message("MsgHeartbeatResp", 2, 1, 1))).toMatchObject([{ to: 2, commit: 2 }]);
  });

  test("row 68: while joint the outgoing half counts too", () => {
    const peer = leader({ voters: [1, 2, 3] });
    peer.take(ack(1));
    change(peer, [remove(2), remove(3)], "explicit");
    peer.node.propose(bytes("x"));
    peer.run();
    expect(peer.node.commitIndex).toBe(1);
    peer.take(ack(2, 3));
    expect(peer.node.commitIndex).toBe(2);
  });
});

describe("a leader that is removed or demoted", () => {
  test.each([
    ["removed", [remove(1)]],
    ["demoted", [addLearner(1)]],
  ])("row 130: a leader that is %s steps down if it is told to", (_, changes) => {
    const peer = leader({ voters: [1, 2, 3], stepDownOnRemoval: true });
    change(peer, changes);
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, leader: NO_PEER });
  });

  test.each([
    ["removed", [remove(1)]],
    ["demoted", [addLearner(1)]],
  ])("row 131: a leader that is %s goes on otherwise, without its own vote", (_, changes) => {
    const peer = leader();
    peer.take(ack(1));
    peer.node.propose(bytes("x"));
    peer.run();
    change(peer, changes);
    expect(peer.node.role).toBe("leader");
    peer.take(ack(2));
    expect(peer.node.commitIndex).toBe(1);
    peer.take(ack(2, 3));
    expect(peer.node.commitIndex).toBe(2);
  });

  test("row 130: a demotion that is staged does not count yet", () => {
    const peer = leader({ voters: [1, 2, 3], stepDownOnRemoval: true });
    change(peer, [addLearner(1)], "explicit");
    expect(peer.node.role).toBe("leader");
    change(peer, []);
    expect(peer.node.role).toBe("follower");
  });
});

describe("joint configurations", () => {
  const three = () => {
    const cluster = new Cluster(3);
    cluster.add(new Peer(4, { voters: [1, 2, 3] }));
    cluster.elect(1);
    return cluster;
  };

  test("row 120: an explicit one stays until it is left by an empty change", () => {
    const cluster = three();
    cluster.node(1).proposeConfChange(makeConfChange([add(4), remove(3)], "explicit"));
    cluster.settle();
    expect(cluster.node(1).confState).toMatchObject({
      voters: [1, 2, 4],
      votersOutgoing: [1, 2, 3],
      autoLeave: false,
    });
    cluster.node(1).proposeConfChange(makeConfChange([]));
    cluster.settle();
    for (const raw of [1, 2, 4]) expect(cluster.node(raw).confState).toEqual(confState([1, 2, 4]));
  });

  test.each(["auto", "implicit"] as const)(
    "rows 121, 123: a joint configuration by %s is left by itself, once",
    (transition) => {
      const cluster = three();
      cluster.node(1).proposeConfChange(makeConfChange([add(4), remove(3)], transition));
      cluster.settle();
      for (const raw of [1, 2, 4])
        expect(cluster.node(raw).confState).toEqual(confState([1, 2, 4]));
      // One entry to enter, one to leave.
      const changes = cluster.peer(1).applied.filter(({ type }) => type === "conf-change-v2");
      expect(changes).toHaveLength(2);
      expect(changes[1]?.data).toBeNull();
    },
  );

  test("row 122: a new leader leaves it in place of one that was lost", () => {
    const conf = confState([1, 2, 3], { votersOutgoing: [1, 2].map(id), autoLeave: true });
    const base = snapshot(5, 1, conf);
    const cluster = new Cluster(3, { snapshot: base, hardState: { term: 1, commit: 5 } });
    cluster.elect(2);
    for (const raw of [1, 2, 3]) expect(cluster.node(raw).confState).toEqual(confState([1, 2, 3]));
  });

  test("row 123: it is proposed once, though more is applied meanwhile", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 2].map(id), autoLeave: true });
    const peer = leader({ snapshot: snapshot(5, 1, conf), hardState: { term: 1 } });
    const ackOf2 = (index: number) => message("MsgAppResp", 2, 1, 2, { index: at(index) });
    peer.take(ackOf2(6));
    expect(peer.node.lastIndex).toBe(7);
    peer.node.propose(bytes("x"));
    peer.run();
    peer.take(ackOf2(6));
    const left = peer.events.filter(({ kind }) => kind === "auto-leave");
    expect(left).toHaveLength(1);
    peer.take(ackOf2(8));
    expect(peer.node.confState).toEqual(confState([1, 2]));
    expect(peer.node.lastIndex).toBe(8);
  });

  test("row 123: nor when what stands before it in the log is applied", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 2].map(id), autoLeave: true });
    const peer = leader({ snapshot: snapshot(5, 1, conf), hardState: { term: 1 } });
    const ackOf2 = (index: number) => message("MsgAppResp", 2, 1, 2, { index: at(index) });
    for (const text of ["x", "y"]) peer.node.propose(bytes(text));
    peer.run();
    peer.take(ackOf2(6));
    expect(peer.node.lastIndex).toBe(9);
    for (const index of [7, 8]) {
      peer.take(ackOf2(index));
      expect([peer.node.appliedIndex, peer.node.lastIndex]).toEqual([index, 9]);
    }
    peer.take(ackOf2(9));
    expect(peer.node.lastIndex).toBe(9);
    expect(peer.node.confState).toEqual(confState([1, 2]));
  });

  test("row 122: refused during a transfer, it is proposed with the next applied entry", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 2].map(id), autoLeave: true });
    const peer = leader({ snapshot: snapshot(5, 1, conf), hardState: { term: 1 } });
    const ackOf2 = (index: number) => message("MsgAppResp", 2, 1, 2, { index: at(index) });
    peer.node.propose(bytes("x"));
    peer.node.transferLeader(id(2));
    peer.run();
    peer.take(ackOf2(6));
    expect(peer.events.at(-1)).toMatchObject({
      kind: "auto-leave",
      refusal: "transfer-in-progress",
    });
    peer.tick(10);
    peer.take(ackOf2(7));
    expect(peer.events.findLast(({ kind }) => kind === "auto-leave")).toMatchObject({
      refusal: undefined,
    });
  });

  test("row 120: an explicit one is not left by itself", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 2].map(id) });
    const cluster = new Cluster(2, { snapshot: snapshot(5, 1, conf) });
    cluster.elect(1);
    cluster.propose(1, "x");
    expect(cluster.node(1).confState).toEqual(conf);
  });
});

describe("learners in a cluster", () => {
  test("row 124: a learner is added, promoted, demoted, removed", () => {
    const cluster = new Cluster(2);
    cluster.add(new Peer(3, { voters: [1, 2] }));
    cluster.elect(1);
    const steps = [
      [addLearner(3), confState([1, 2], { learners: [id(3)] })],
      [add(3), confState([1, 2, 3])],
      [addLearner(3), confState([1, 2], { learners: [id(3)] })],
      [remove(3), confState([1, 2])],
    ] as const;
    for (const [step, expected] of steps) {
      cluster.node(1).proposeConfChange(makeConfChange([step]));
      cluster.settle();
      expect(cluster.node(1).confState).toEqual(expected);
    }
    expect(cluster.node(1).progressOf(id(3))).toBeUndefined();
  });
});

describe("a transfer to a peer that is removed or demoted ends", () => {
  test.each([
    ["its target is removed", [remove(3)], NO_PEER],
    ["its target is demoted", [addLearner(3)], NO_PEER],
    ["another is removed", [remove(2)], 3],
  ] as const)("row 144: a transfer, and %s", (_, changes, transferee) => {
    const peer = leader();
    peer.node.transferLeader(id(3));
    change(peer, changes);
    expect(peer.node.status().transferee).toBe(transferee);
  });
});

test("row 133: an update or an id of 0 changes nothing", () => {
  const peer = leader();
  expect(change(peer, [{ type: "update-node", nodeId: id(2) }])).toEqual(confState([1, 2, 3]));
  expect(change(peer, [{ type: "add-node", nodeId: NO_PEER }])).toEqual(confState([1, 2, 3]));
});

test("a removed peer's vote does not decide an election that is under way", () => {
  const peer = new Peer(1, { voters: [1, 2, 3, 4, 5] });
  peer.node.campaign();
  peer.run();
  peer.take(message("MsgVoteResp", 5, 1, 1));
  change(peer, [remove(5)]);
  peer.take(message("MsgVoteResp", 4, 1, 1));
  expect(peer.node.role).toBe("candidate");
  peer.take(message("MsgVoteResp", 3, 1, 1));
  expect(peer.node.role).toBe("leader");
});
