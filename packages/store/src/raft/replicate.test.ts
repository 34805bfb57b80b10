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
import { ENTRY_HEADER_BYTES } from "./entry.ts";

const TWO = { voters: [1, 2] };

const ack = (index: number, from = 2) => message("MsgAppResp", from, 1, 1, { index: at(index) });
const beatAck = (from = 2) => message("MsgHeartbeatResp", from, 1, 1);

/** A leader of term 1, whose other peer has acknowledged the first entry. */
function leader(options: PeerOptions = TWO): Peer {
  const peer = new Peer(1, options);
  peer.win(2);
  peer.take(ack(1));
  return peer;
}

function propose(peer: Peer, ...texts: readonly string[]) {
  for (const text of texts) peer.node.propose(bytes(text));
  return peer.run();
}

const places = (messages: readonly { index: number; entries: readonly unknown[] }[]) =>
  messages.map(({ index, entries }) => [index, entries.length]);

describe("a probed peer", () => {
  test("row 88: a probed peer gets one append with entries, the next after a heartbeat's answer", () => {
    const peer = new Peer(1, TWO);
    expect(places(peer.win(2))).toEqual([[0, 1]]);
    expect(propose(peer, "a", "b")).toEqual([]);
    peer.tick();
    // Everything that is not acknowledged, from the same place.
    expect(places(peer.take(beatAck()))).toEqual([[0, 3]]);
    expect(propose(peer, "c")).toEqual([]);
  });
});

describe("a replicating peer", () => {
  test("row 89: a replicating peer gets each entry at once, ahead of its answers", () => {
    expect(places(propose(leader(), "a", "b", "c"))).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  test("row 91: a peer gets appends until its window is full", () => {
    const peer = leader({ ...TWO, inflightMessagesMax: 2 });
    expect(places(propose(peer, "a", "b", "c", "d"))).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(peer.node.progressOf(id(2))?.isPaused).toBe(true);
  });

  test("row 92: or until its bytes are used up, by one message too much at most", () => {
    const peer = leader({ ...TWO, inflightBytesMax: 5, messageBytesMax: 5 });
    expect(places(propose(peer, "1234", "56", "7"))).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test("rows 93, 96: an acknowledgement frees all before it and lets the rest out", () => {
    const peer = leader({ ...TWO, inflightMessagesMax: 2, messageBytesMax: 1 });
    propose(peer, "a", "b", "c", "d", "e");
    expect(places(peer.take(ack(3)))).toEqual([
      [3, 1],
      [4, 1],
    ]);
    expect(peer.node.progressOf(id(2))).toMatchObject({ match: 3, next: 6 });
  });

  test("row 96: one acknowledgement lets out as many appends as it made room for", () => {
    const peer = leader({ ...TWO, inflightMessagesMax: 3, messageBytesMax: 1 });
    propose(peer, "a", "b", "c", "d", "e", "f", "g");
    expect(places(peer.take(ack(4)))).toEqual([
      [4, 1],
      [5, 1],
      [6, 1],
    ]);
    expect(places(peer.take(ack(5)))).toEqual([[7, 1]]);
  });

  test("row 94: through a full window each heartbeat's answer lets one empty append", () => {
    const peer = leader({ ...TWO, inflightMessagesMax: 1 });
    propose(peer, "a", "b");
    for (let round = 0; round < 3; round++) {
      peer.tick();
      expect(places(peer.take(beatAck()))).toEqual([[2, 0]]);
      expect(propose(peer, `more ${round}`)).toEqual([]);
    }
  });

  test("row 95: an append is limited in bytes, not below one entry", () => {
    const limit = 2 * (ENTRY_HEADER_BYTES + 1);
    const peer = new Peer(1, { ...TWO, messageBytesMax: limit });
    peer.win(2);
    propose(peer, "a", "b", "c", "large enough for one of its own ".repeat(10), "d");
    const sent = peer.take(ack(1));
    expect(places(sent.filter(({ entries }) => entries.length > 0))).toEqual([
      [1, 2],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
  });

  test("row 97: an unreachable one is probed from its match", () => {
    const peer = leader();
    propose(peer, "a", "b");
    peer.node.reportUnreachable(id(2));
    expect(peer.node.progressOf(id(2))).toMatchObject({
      flow: { state: "probe" },
      match: 1,
      next: 2,
    });
    expect(places(propose(peer, "c"))).toEqual([[1, 3]]);
    peer.node.reportUnreachable(id(2));
    expect(peer.node.progressOf(id(2))?.next).toBe(2);
  });

  test("row 97: one that is probed waits as before, one that waits for a snapshot too", () => {
    const probed = new Peer(1, TWO);
    probed.win(2);
    probed.node.reportUnreachable(id(2));
    expect(probed.node.progressOf(id(2))).toMatchObject({
      flow: { state: "probe", isPaused: true },
      next: 1,
    });
    const sending = new Peer(1, { snapshot: snapshot(10, 1, confState([1, 2])) });
    sending.win(2);
    sending.take(message("MsgAppResp", 2, 1, 1, { index: at(10), reject: true }));
    sending.node.reportUnreachable(id(2));
    expect(sending.node.progressOf(id(2))?.flow).toEqual({ state: "snapshot", pendingIndex: 10 });
  });

  test("row 97: a report of a stranger or at a follower changes nothing", () => {
    const peer = leader();
    peer.node.reportUnreachable(id(9));
    expect(peer.kinds.at(-1)).toBe("progress-missing");
    const follower = new Peer(1, TWO);
    follower.node.reportUnreachable(id(2));
    follower.node.reportSnapshot(id(2), true);
    expect(follower.run()).toEqual([]);
  });
});

describe("who learns of a commit index", () => {
  const three = () => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    peer.win(2);
    return peer;
  };

  test("row 71: everybody, at once, by an append that may be empty", () => {
    const peer = three();
    const sent = peer.take(ack(1));
    expect(sent.map(({ to, commit, index }) => [to, index, commit])).toEqual([[2, 1, 1]]);
    const late = peer.take(ack(1, 3));
    expect(late.map(({ to, commit }) => [to, commit])).toEqual([[3, 1]]);
  });

  test("row 72: a peer that acks late gets one append for what it missed", () => {
    const peer = three();
    peer.take(ack(1), ack(1, 3));
    propose(peer, "a", "b");
    peer.take(ack(3));
    // It was told commit 3 already, with all entries sent: nothing more to say.
    expect(peer.take(ack(2, 3))).toEqual([]);
    expect(peer.take(ack(3, 3))).toEqual([]);
  });

  test("row 75: a heartbeat lowers what is remembered, so it is told again", () => {
    const peer = three();
    peer.take(ack(1), ack(1, 3));
    propose(peer, "a");
    peer.take(ack(2));
    peer.tick();
    // The heartbeat carried the match of 1 alone; what carried 2 may be lost.
    const sent = peer.take(ack(2, 3));
    expect(sent.map(({ to, commit, entries }) => [to, commit, entries.length])).toEqual([
      [3, 2, 0],
    ]);
  });

  test("row 73: no append goes out for a commit index alone that is known to be there", () => {
    const peer = three();
    peer.take(ack(1), ack(1, 3));
    expect(peer.take(ack(1), ack(1, 3), beatAck(), beatAck(3))).toEqual([]);
  });
});

describe("a peer that needs compacted entries", () => {
  /** A leader of term 2 whose log starts behind index 10, in a group with `voters`. */
  function sender(voters: readonly number[] = [1, 2], isSilent = false): Peer {
    const peer = new Peer(1, {
      isSilent,
      snapshot: snapshot(10, 1, confState(voters)),
      hardState: { term: 1 },
    });
    peer.win(2);
    return peer;
  }
  const refusal = (index: number, hint = 0) =>
    message("MsgAppResp", 2, 1, 2, { index: at(index), reject: true, rejectHint: at(hint) });
  const acked = (index: number, from = 2) =>
    message("MsgAppResp", from, 1, 2, { index: at(index) });
  const heard = message("MsgHeartbeatResp", 2, 1, 2);

  test("rows 90, 104: a peer behind the log gets the snapshot, and nothing else meanwhile", () => {
    const peer = sender();
    const [sent] = peer.take(refusal(10));
    expect(sent).toMatchObject({ type: "MsgSnap", to: 2, term: 2, snapshot: { index: 10 } });
    expect(peer.node.progressOf(id(2))).toMatchObject({
      flow: { state: "snapshot", pendingIndex: 10 },
      next: 11,
    });
    expect(propose(peer, "a", "b")).toEqual([]);
    expect(peer.take(heard)).toEqual([]);
  });

  test.each([false, true])("row 105: none goes to an inactive peer, silent %s", (isSilent) => {
    const peer = new Peer(1, { voters: [1, 2, 3], checkQuorum: true, isSilent });
    peer.win(2);
    peer.take(ack(1), ack(1, 3));
    propose(peer, "a", "b");
    peer.take(ack(3));
    peer.tick(10);
    peer.node.reportUnreachable(id(3));
    peer.storage.compact(at(3));
    expect(propose(peer, "c").map(({ to }) => to)).toEqual([2]);
    if (!isSilent) expect(peer.kinds).toContain("snapshot-to-inactive-peer");
    peer.storage.keepSnapshot(snapshot(3, 1, confState([1, 2, 3])));
    expect(peer.take(beatAck(3))).toMatchObject([{ type: "MsgSnap", to: 3 }]);
  });

  test("row 106: the storage may need time, and is asked again", () => {
    const peer = sender();
    const { snapshot: offer } = peer.storage;
    const askedFor: number[] = [];
    peer.storage.snapshot = (to) => {
      askedFor.push(to);
      return "temporarily-unavailable";
    };
    expect(peer.take(refusal(10))).toEqual([]);
    expect(peer.kinds.at(-1)).toBe("snapshot-unavailable");
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("probe");
    peer.storage.snapshot = offer.bind(peer.storage);
    expect(peer.take(heard)).toMatchObject([{ type: "MsgSnap" }]);
    expect(askedFor).toEqual([2]);
  });

  test("an empty snapshot is a broken contract", () => {
    const peer = sender();
    peer.storage.snapshot = () => snapshot(0, 0, confState([1]));
    expect(() => peer.take(refusal(10))).toThrow("empty snapshot");
  });

  test.each([
    // delivered, next after the report, the place it is then probed at
    [true, 11, 10],
    [false, 1, undefined],
  ])("row 107: delivered %s: probed from %d, when it was heard of", (isDelivered, next, place) => {
    const peer = sender();
    peer.take(refusal(10));
    peer.node.reportSnapshot(id(2), isDelivered);
    expect(peer.node.progressOf(id(2))).toMatchObject({
      flow: { state: "probe", isPaused: true },
      next,
    });
    expect(propose(peer, "a")).toEqual([]);
    const [sent] = peer.take(heard);
    if (place === undefined) expect(sent?.type).toBe("MsgSnap");
    else expect(sent).toMatchObject({ type: "MsgApp", index: place });
  });

  test.each([
    [true, "snapshot-succeeded"],
    [false, "snapshot-failed"],
  ])("row 107: delivered %s: it is told as %s, if anybody listens", (isDelivered, kind) => {
    const peer = sender();
    peer.take(refusal(10));
    peer.node.reportSnapshot(id(2), isDelivered);
    const progress = peer.node.progressOf(id(2));
    expect(peer.events.at(-1)).toEqual({ kind, id: 1, progress });
    const silent = sender([1, 2], true);
    silent.take(refusal(10));
    silent.node.reportSnapshot(id(2), isDelivered);
    expect(silent.node.status()).toEqual(peer.node.status());
  });

  test("row 107: a report without a snapshot under way is none", () => {
    const peer = sender();
    peer.take(acked(11));
    const before = peer.node.status();
    peer.node.reportSnapshot(id(2), false);
    expect(peer.node.status()).toEqual(before);
  });

  test("row 108: an acknowledgement that joins the log ends the wait, whatever was sent", () => {
    const peer = sender();
    peer.take(refusal(10));
    propose(peer, "a");
    const sent = peer.take(acked(11));
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("replicate");
    expect(places(sent)).toContainEqual([11, 1]);
  });

  test.each([
    // acknowledged, state after; the log begins behind 10, the snapshot sent is of 12
    [9, "snapshot"],
    [10, "replicate"],
    [11, "replicate"],
  ])("row 108: an acknowledgement of %d, below what was sent: %s", (index, state) => {
    const peer = sender();
    peer.take(acked(11));
    for (const text of ["a", "b"]) propose(peer, text);
    peer.storage.keepSnapshot(snapshot(12, 2, confState([1, 2])));
    // A later term of leadership knows nothing of the peer.
    peer.take(message("MsgHeartbeat", 2, 1, 3));
    peer.win(2);
    const answer = (fields: object) => message("MsgAppResp", 2, 1, 4, fields);
    peer.take(answer({ index: at(13), reject: true }));
    expect(peer.node.progressOf(id(2))?.flow).toEqual({ state: "snapshot", pendingIndex: 12 });
    peer.take(answer({ index: at(index) }));
    expect(peer.node.progressOf(id(2))).toMatchObject({ match: index, flow: { state } });
  });

  test("row 108: one below the log's first entry does not", () => {
    const peer = sender();
    peer.take(refusal(10));
    expect(peer.take(acked(9))).toEqual([]);
    expect(peer.node.progressOf(id(2))).toMatchObject({ match: 9, flow: { state: "snapshot" } });
    peer.take(acked(10));
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("replicate");
  });

  test("row 104: a cluster brings a peer up that missed the compacted part", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.isolate(3);
    for (const text of ["a", "b", "c"]) cluster.propose(1, text);
    const leading = cluster.peer(1);
    leading.storage.keepSnapshot(snapshot(3, 1, confState([1, 2, 3])));
    leading.storage.compact(at(3));
    cluster.heal();
    cluster.tick(1);
    const { node, storage } = cluster.peer(3);
    expect([node.commitIndex, storage.firstIndex(), storage.lastIndex()]).toEqual([4, 4, 4]);
    expect(leading.node.progressOf(id(3))).toMatchObject({
      match: 4,
      flow: { state: "replicate" },
    });
  });
});
