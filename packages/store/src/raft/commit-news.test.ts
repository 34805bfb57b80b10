// Who learns of a commit index, when, and what is not said twice.
import { describe, expect, test } from "vitest";
import { at, bytes, entry, id, message, Peer, term } from "../../test/raft-fixture.ts";
import { type ConfChangeSingle, makeConfChange } from "./conf-change.ts";
import { APPEND_THREAD } from "./ids.ts";
import type { Message } from "./message.ts";

const ack = (index: number, from: number) =>
  message("MsgAppResp", from, 1, 1, { index: at(index) });
const append = (to: number, index: number, commit: number, texts: readonly string[] = []) =>
  message("MsgApp", 1, to, 1, {
    index: at(index),
    logTerm: term(index === 0 ? 0 : 1),
    commit: at(commit),
    entries: texts.map((text, position) => entry(1, index + 1 + position, text)),
  });

/** A leader of three whose peers have its first entry and know that it is committed. */
function leader(): Peer {
  const peer = new Peer(1, { voters: [1, 2, 3] });
  peer.win(2);
  peer.take(ack(1, 2), ack(1, 3));
  return peer;
}

function propose(peer: Peer, text: string): readonly Message[] {
  peer.node.propose(bytes(text));
  return peer.run();
}

describe("a commit index that moves", () => {
  test("rows 64, 65, 71: a proposal goes out, commits at a majority, and everybody is told", () => {
    const peer = leader();
    expect(propose(peer, "a")).toEqual([append(2, 1, 1, ["a"]), append(3, 1, 1, ["a"])]);
    expect(peer.take(ack(2, 2))).toEqual([append(2, 2, 2), append(3, 2, 2)]);
    expect(peer.applied).toEqual([entry(1, 1), entry(1, 2, "a")]);
  });

  test("row 72: a probed peer that was not told gets one append when it answers", () => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    expect(peer.win(2)).toEqual([
      message("MsgApp", 1, 2, 1, { entries: [entry(1, 1)] }),
      message("MsgApp", 1, 3, 1, { entries: [entry(1, 1)] }),
    ]);
    // The third waits for its answer, so it does not hear of this commit.
    expect(peer.take(ack(1, 2))).toEqual([append(2, 1, 1)]);
    expect(peer.node.progressOf(id(3))).toMatchObject({ sentCommit: 0 });
    expect(peer.take(ack(1, 3))).toEqual([append(3, 1, 1)]);
    expect(peer.node.progressOf(id(3))).toMatchObject({ sentCommit: 1 });
  });

  test("row 73: a second answer of the same tells nothing and is not answered", () => {
    const peer = leader();
    propose(peer, "a");
    peer.take(ack(2, 2));
    expect(peer.take(ack(2, 2), ack(2, 3), ack(2, 3))).toEqual([]);
  });

  test("row 73: an append with entries tells the commit index, no empty one follows", () => {
    const peer = leader();
    propose(peer, "a");
    peer.take(ack(2, 2));
    expect(propose(peer, "b")).toEqual([append(2, 2, 2, ["b"]), append(3, 2, 2, ["b"])]);
    // The third was told 2 with the entry before; this answer of it brings nothing new.
    expect(peer.take(ack(2, 3))).toEqual([]);
  });

  test("row 75: what only heartbeats carried is told again with an answer", () => {
    const peer = leader();
    propose(peer, "a");
    peer.take(ack(2, 2));
    expect(peer.tick()).toEqual([
      message("MsgHeartbeat", 1, 2, 1, { commit: at(2) }),
      message("MsgHeartbeat", 1, 3, 1, { commit: at(1) }),
    ]);
    expect(peer.node.progressOf(id(3))?.sentCommit).toBe(1);
    expect(peer.take(ack(2, 3))).toEqual([append(3, 2, 2)]);
    expect(peer.take(ack(2, 3))).toEqual([]);
  });
});

describe("heartbeats", () => {
  test.each([
    // acknowledged by the second, commit in its heartbeat
    [2, 2],
    [3, 3],
    [4, 3],
  ])("row 74: one to a peer that acked %d says commit %d", (acked, commit) => {
    const peer = leader();
    for (const text of ["a", "b", "c"]) propose(peer, text);
    peer.take(ack(3, 3), ack(acked, 2));
    if (acked === 4) expect(peer.node.commitIndex).toBe(4);
    const [toSecond] = peer.tick();
    const expected = acked === 4 ? 4 : commit;
    expect(toSecond).toEqual(message("MsgHeartbeat", 1, 2, 1, { commit: at(expected) }));
  });

  test("row 74: they go out every heartbeat tick, neither before nor after", () => {
    const peer = new Peer(1, { voters: [1, 2], heartbeatTicks: 3 });
    peer.win(2);
    const counts = Array.from({ length: 7 }, () => peer.tick().length);
    expect(counts).toEqual([0, 0, 1, 0, 0, 1, 0]);
  });

  // Only a storage thread's address passes the door with a local type.
  const beat = message("MsgBeat", APPEND_THREAD, 1, 0);

  test("row 76: MsgBeat makes a leader send them", () => {
    const peer = leader();
    expect(peer.take(beat)).toEqual([
      message("MsgHeartbeat", 1, 2, 1, { commit: at(1) }),
      message("MsgHeartbeat", 1, 3, 1, { commit: at(1) }),
    ]);
  });

  test.each([
    ["follower", false],
    ["candidate", false],
    ["pre-candidate", true],
  ])("row 76: MsgBeat is ignored by a %s", (role, preVote) => {
    const peer = new Peer(1, { voters: [1, 2, 3], preVote });
    if (role !== "follower") peer.node.campaign();
    peer.run();
    expect(peer.node.role).toBe(role);
    const before = peer.node.status();
    expect(peer.take(beat)).toEqual([]);
    expect(peer.node.status()).toEqual(before);
  });
});

describe("a smaller quorum", () => {
  const remove = (raw: number): ConfChangeSingle => ({ type: "remove-node", nodeId: id(raw) });

  test("row 82: a removal commits what is stored by the rest, and the rest is told", () => {
    const peer = new Peer(1, { voters: [1, 2, 3, 4] });
    peer.win(2, 3);
    peer.take(ack(1, 2), ack(1, 3), ack(1, 4));
    propose(peer, "a");
    peer.take(ack(2, 2));
    expect(peer.node.commitIndex).toBe(1);
    peer.node.applyConfChange(makeConfChange([remove(4)]));
    expect(peer.node.commitIndex).toBe(2);
    expect(peer.run()).toEqual([append(2, 2, 2), append(3, 2, 2)]);
  });

  test("row 82: one that leaves the majority as it was commits nothing", () => {
    const peer = new Peer(1, { voters: [1, 2, 3, 4, 5] });
    peer.win(2, 3);
    for (const raw of [2, 3, 4, 5]) peer.take(ack(1, raw));
    propose(peer, "a");
    peer.take(ack(2, 2));
    peer.node.applyConfChange(makeConfChange([remove(5)]));
    expect(peer.node.commitIndex).toBe(1);
    expect(peer.run()).toEqual([]);
  });

  test("row 82: down to the leader alone, it commits by its own log", () => {
    const peer = new Peer(1, { voters: [1, 2] });
    peer.win(2);
    peer.take(ack(1, 2));
    propose(peer, "a");
    expect(peer.node.commitIndex).toBe(1);
    peer.node.applyConfChange(makeConfChange([remove(2)]));
    expect(peer.run()).toEqual([]);
    expect(peer.applied.at(-1)).toEqual(entry(1, 2, "a"));
  });
});
