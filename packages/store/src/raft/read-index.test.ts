import { describe, expect, test } from "vitest";
import {
  at,
  bytes,
  Cluster,
  confState,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
} from "../../test/raft-fixture.ts";
import { makeConfChange } from "./conf-change.ts";

const THREE = { voters: [1, 2, 3] };
const ack = (index: number, from = 2) => message("MsgAppResp", from, 1, 1, { index: at(index) });
const beatAck = (context: number, from = 2) => message("MsgHeartbeatResp", from, 1, 1, { context });

/** A leader of term 1 that has committed its first entry. */
function leader(options: PeerOptions = THREE): Peer {
  const peer = new Peer(1, options);
  peer.win(2, 3);
  peer.take(ack(1));
  return peer;
}

function read(peer: Peer, text: string) {
  peer.node.readIndex(bytes(text));
  return peer.run();
}

const answered = (peer: Peer) =>
  peer.reads.map(({ index, context }) => [new TextDecoder().decode(context), index]);

const remove = (raw: number) => makeConfChange([{ type: "remove-node", nodeId: id(raw) }]);

describe("a safe read", () => {
  test("row 147: a safe read asks all others, and is answered when a quorum has confirmed", () => {
    const peer = leader();
    const sent = read(peer, "a");
    expect(sent.map(({ type, to, context }) => [type, to, context])).toEqual([
      ["MsgHeartbeat", 2, 1],
      ["MsgHeartbeat", 3, 1],
    ]);
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1, 3));
    expect(answered(peer)).toEqual([["a", 1]]);
  });

  test("row 147: it gets the commit index of its arrival, however long it waits", () => {
    const peer = leader();
    read(peer, "a");
    peer.node.propose(bytes("x"));
    peer.run();
    peer.take(ack(2));
    read(peer, "b");
    peer.take(beatAck(2));
    expect(answered(peer)).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  test("row 147: it gets the commit index, though less is applied", () => {
    const peer = leader();
    peer.node.propose(bytes("x"));
    peer.run();
    peer.node.step(ack(2));
    expect(peer.node.status()).toMatchObject({ commit: 2, applied: 1 });
    peer.node.readIndex(bytes("a"));
    peer.run();
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([["a", 2]]);
  });

  test("rows 147, 152: it is asked for again by every heartbeat, as long as it waits", () => {
    const peer = leader();
    read(peer, "a");
    read(peer, "b");
    expect(peer.tick().map(({ context }) => context)).toEqual([2, 2]);
    peer.take(beatAck(2));
    expect(peer.tick().map(({ context }) => context)).toEqual([0, 0]);
  });

  test("rows 147, 150, 153: at the leader, a follower and a learner of a cluster", () => {
    const cluster = new Cluster(2, { learners: [3] });
    cluster.add(new Peer(3, { voters: [1, 2], learners: [3] }));
    cluster.elect(1);
    for (const raw of [1, 2, 3]) {
      cluster.propose(1, `before the read of ${raw}`);
      cluster.node(raw).readIndex(bytes(`read ${raw}`));
      cluster.settle();
      expect(answered(cluster.peer(raw))).toEqual([[`read ${raw}`, raw + 1]]);
    }
  });
});

describe("confirmation is by the leader's own sequence", () => {
  test("row 151: an answer to an earlier read of the same context confirms no later one", () => {
    const peer = leader();
    read(peer, "same");
    peer.take(beatAck(1));
    peer.node.propose(bytes("x"));
    peer.run();
    peer.take(ack(2));
    read(peer, "same");
    // Late and repeated answers to the first round.
    peer.take(beatAck(1), beatAck(1, 3));
    expect(answered(peer)).toEqual([["same", 1]]);
    peer.take(beatAck(2, 3));
    expect(answered(peer)).toEqual([
      ["same", 1],
      ["same", 2],
    ]);
  });

  test("row 152: answers are counted per peer, and the highest includes all before it", () => {
    const peer = leader({ voters: [1, 2, 3, 4, 5] });
    peer.take(ack(1, 3));
    for (const text of ["a", "b", "c"]) read(peer, text);
    peer.take(beatAck(3), beatAck(3), beatAck(1));
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(2, 4));
    expect(answered(peer).map(([text]) => text)).toEqual(["a", "b"]);
    peer.take(beatAck(3, 5));
    expect(answered(peer).map(([text]) => text)).toEqual(["a", "b", "c"]);
  });

  test("row 151: an answer to a heartbeat from before the read confirms nothing", () => {
    const peer = leader();
    peer.tick();
    read(peer, "a");
    peer.take(beatAck(0), beatAck(0, 3));
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([["a", 1]]);
  });

  test("rows 152, 153: the sole voter of the incoming half asks the outgoing one", () => {
    const conf = confState([1], { votersOutgoing: [1, 2, 3].map(id) });
    const peer = new Peer(1, { snapshot: snapshot(5, 1, conf) });
    peer.win(2);
    peer.take(ack(6, 2));
    expect(peer.node.commitIndex).toBe(6);
    read(peer, "a");
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1, 3));
    expect(answered(peer)).toEqual([["a", 6]]);
  });

  test("row 152: a joint configuration confirms by both halves", () => {
    const conf = confState([1, 2], { votersOutgoing: [1, 3, 4].map(id) });
    const peer = new Peer(1, { snapshot: snapshot(5, 1, conf) });
    peer.win(2, 3);
    peer.take(ack(6, 2), ack(6, 3));
    read(peer, "a");
    peer.take(beatAck(1, 2));
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1, 4));
    expect(answered(peer)).toEqual([["a", 6]]);
  });

  test("row 147: a learner's answer does not count", () => {
    const peer = leader({ ...THREE, learners: [4] });
    read(peer, "a");
    peer.take(beatAck(1, 4));
    expect(answered(peer)).toEqual([]);
  });

  test("row 147: nor does one of an older term", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 4 } });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 5, { index: at(1) }));
    read(peer, "a");
    const ackOf = (ofTerm: number) => message("MsgHeartbeatResp", 2, 1, ofTerm, { context: 1 });
    peer.take(ackOf(4));
    expect(answered(peer)).toEqual([]);
    peer.take(ackOf(5));
    expect(answered(peer)).toEqual([["a", 1]]);
  });
});

describe("a lease-based read", () => {
  test("row 148: a lease-based read is answered at once with the commit index", () => {
    const peer = leader({ ...THREE, readMode: "lease-based", checkQuorum: true });
    expect(read(peer, "a")).toEqual([]);
    expect(answered(peer)).toEqual([["a", 1]]);
    expect(peer.tick().map(({ context }) => context)).toEqual([0, 0]);
  });
});

describe("before the leader has committed in its term", () => {
  test.each(["safe", "lease-based"] as const)(
    "row 149: a %s read is postponed, then taken",
    (readMode) => {
      const peer = new Peer(1, { ...THREE, readMode, checkQuorum: true });
      peer.win(2);
      expect(read(peer, "a")).toEqual([]);
      expect(peer.node.hasCommittedInTerm).toBe(false);
      peer.take(beatAck(1), beatAck(1, 3));
      expect(answered(peer)).toEqual([]);
      peer.take(ack(1));
      expect(peer.node.hasCommittedInTerm).toBe(true);
      if (readMode === "safe") peer.take(beatAck(1));
      expect(answered(peer)).toEqual([["a", 1]]);
    },
  );

  test("row 149: a single voter's too, as its predecessor may have committed more", () => {
    const peer = new Peer(1, { voters: [1], log: [1, 1], hardState: { term: 1, commit: 1 } });
    peer.node.campaign();
    while (peer.node.role !== "leader") peer.handleReady();
    peer.node.readIndex(bytes("a"));
    peer.run();
    expect(answered(peer)).toEqual([["a", 3]]);
  });
});

describe("forwarding", () => {
  test("row 150: a follower forwards a read without a term, from whom it came", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 5));
    const entries = [entry(0, 0, "theirs")];
    peer.node.readIndex(bytes("own"));
    peer.node.step(message("MsgReadIndex", 3, 1, 0, { entries }));
    const sent = peer.run();
    expect(sent.map(({ type, from, to, term }) => [type, from, to, term])).toEqual([
      ["MsgReadIndex", 1, 2, 0],
      ["MsgReadIndex", 3, 2, 0],
    ]);
    expect(sent[1]?.entries).toEqual(entries);
  });

  test("row 150: a deposed leader forwards again", () => {
    const peer = leader();
    peer.take(message("MsgHeartbeat", 2, 1, 5));
    const asked = message("MsgReadIndex", 3, 1, 0, { entries: [entry(0, 0, "a")] });
    expect(peer.take(asked)).toMatchObject([{ type: "MsgReadIndex", from: 3, to: 2, term: 0 }]);
  });

  test("row 150: the answer goes to whom it came from, and becomes its read state", () => {
    const peer = leader();
    const entries = [entry(0, 0, "a")];
    peer.take(message("MsgReadIndex", 3, 1, 0, { entries }));
    const sent = peer.take(beatAck(1));
    expect(sent).toMatchObject([{ type: "MsgReadIndexResp", to: 3, index: 1, term: 1, entries }]);
    const asking = new Peer(3, THREE);
    asking.take(message("MsgHeartbeat", 1, 3, 1), ...sent);
    expect(answered(asking)).toEqual([["a", 1]]);
  });

  test("row 150: without a leader it is refused, by a candidate too", () => {
    const peer = new Peer(1, THREE);
    expect(peer.node.readIndex(bytes("a"))).toBe("no-leader");
    peer.node.campaign();
    expect(peer.node.readIndex(bytes("a"))).toBe("no-leader");
  });
});

describe("who answers, and for how long", () => {
  test("row 153: a single voter answers at once", () => {
    const peer = leader({ voters: [1], learners: [2] });
    read(peer, "a");
    expect(answered(peer)).toEqual([["a", 1]]);
  });

  test("row 153: the only incoming voter asks while the outgoing half counts", () => {
    const conf = confState([1], { votersOutgoing: [1, 2].map(id) });
    const peer = new Peer(1, { snapshot: snapshot(5, 1, conf) });
    peer.win(2);
    peer.take(ack(6));
    expect(read(peer, "a").map(({ type, to }) => [type, to])).toEqual([["MsgHeartbeat", 2]]);
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([["a", 6]]);
  });

  test("row 153: a removed leader whose last voter is another asks that one", () => {
    const peer = leader({ voters: [1, 2] });
    peer.node.applyConfChange(remove(1));
    const sent = read(peer, "a");
    expect(sent.map(({ type, to }) => [type, to])).toEqual([["MsgHeartbeat", 2]]);
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([["a", 1]]);
  });

  test("row 154: pending reads vanish with the role, postponed ones too", () => {
    const peer = leader();
    read(peer, "a");
    peer.take(message("MsgHeartbeat", 2, 1, 2));
    peer.win(2);
    read(peer, "postponed");
    peer.take(message("MsgHeartbeat", 2, 1, 4));
    peer.win(2);
    const { term } = peer.node;
    peer.take(message("MsgAppResp", 2, 1, term, { index: peer.node.lastIndex }));
    for (const context of [1, 2, 3])
      peer.take(message("MsgHeartbeatResp", 2, 1, term, { context }));
    expect(answered(peer)).toEqual([]);
  });
});

describe("when the quorum becomes smaller", () => {
  const waiting = (confirmReadsOnConfChange: boolean) => {
    const peer = leader({ voters: [1, 2, 3, 4], confirmReadsOnConfChange });
    peer.take(ack(1, 3));
    read(peer, "a");
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([]);
    peer.node.applyConfChange(remove(4));
    peer.run();
    return peer;
  };

  test("beyond etcd: shrunk quorum: reads are counted anew, if switched on", () => {
    expect(answered(waiting(true))).toEqual([["a", 1]]);
  });

  test("beyond etcd: shrunk quorum: a group of one answers, as nobody else is left to", () => {
    const alone = (confirmReadsOnConfChange: boolean) => {
      const peer = leader({ voters: [1, 2], confirmReadsOnConfChange });
      read(peer, "a");
      peer.node.applyConfChange(remove(2));
      peer.tick(3);
      return answered(peer);
    };
    expect(alone(true)).toEqual([["a", 1]]);
    expect(alone(false)).toEqual([]);
  });

  test("beyond etcd: shrunk quorum: a change that leaves a quorum missing answers nothing", () => {
    const peer = leader({ voters: [1, 2, 3, 4, 5], confirmReadsOnConfChange: true });
    peer.take(ack(1, 3));
    read(peer, "a");
    peer.take(beatAck(1));
    peer.node.applyConfChange(remove(5));
    peer.run();
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1, 3));
    expect(answered(peer)).toEqual([["a", 1]]);
  });

  test("beyond etcd: shrunk quorum: otherwise at the next answer, though it tells nothing new", () => {
    const peer = waiting(false);
    expect(answered(peer)).toEqual([]);
    peer.take(beatAck(1));
    expect(answered(peer)).toEqual([["a", 1]]);
  });
});

test("the queue of reads is bounded while they are postponed, too", () => {
  const peer = new Peer(1, { ...THREE, pendingReadsMax: 2 });
  peer.win(2);
  expect(peer.node.readIndex(bytes("a"))).toBeUndefined();
  expect(peer.node.readIndex(bytes("b"))).toBeUndefined();
  expect(peer.node.readIndex(bytes("c"))).toBe("read-queue-full");
});

test("the queue of reads is bounded", () => {
  const peer = leader({ ...THREE, pendingReadsMax: 2 });
  expect(peer.node.readIndex(bytes("a"))).toBeUndefined();
  expect(peer.node.readIndex(bytes("b"))).toBeUndefined();
  expect(peer.node.readIndex(bytes("c"))).toBe("read-queue-full");
  peer.run();
  peer.take(beatAck(2));
  expect(answered(peer)).toHaveLength(2);
  expect(peer.node.readIndex(bytes("d"))).toBeUndefined();
});
