/** Decisions that are told in full to who listens, and taken just as well if nobody does. */
import { describe, expect, test } from "vitest";
import {
  at,
  bytes,
  confState,
  entry,
  id,
  message,
  Peer,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import { APPEND_THREAD } from "./ids.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { isProposalRefusal } from "./refusal.ts";
import { isEmptyHardState } from "./storage.ts";

const THREE = { voters: [1, 2, 3] };

describe("a dropped proposal is told with whoever stands in its way", () => {
  const dropped = { kind: "proposal-dropped", id: 1, term: 1 };

  test("by a follower: the leader that it does not forward to", () => {
    const peer = new Peer(1, { ...THREE, disableProposalForwarding: true });
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    expect(peer.node.propose(bytes("x"))).toBe("forwarding-disabled");
    const reason = "forwarding-disabled";
    expect(peer.events.at(-1)).toEqual({ ...dropped, reason, leader: 2, transferee: 0 });
  });

  test("by a candidate: nobody", () => {
    const peer = new Peer(1, THREE);
    peer.node.campaign();
    peer.run();
    expect(peer.node.propose(bytes("x"))).toBe("no-leader");
    const reason = "no-leader";
    expect(peer.events.at(-1)).toEqual({ ...dropped, reason, leader: 0, transferee: 0 });
  });

  test("by a leader: the peer that it hands over to", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    peer.node.transferLeader(id(2));
    expect(peer.node.propose(bytes("x"))).toBe("transfer-in-progress");
    const reason = "transfer-in-progress";
    expect(peer.events.at(-1)).toEqual({ ...dropped, reason, leader: 0, transferee: 2 });
  });
});

describe("a read that is refused", () => {
  test.each([false, true])("for want of a leader, sink missing: %s", (isSilent) => {
    const peer = new Peer(1, { ...THREE, isSilent });
    expect(peer.node.readIndex(bytes("r"))).toBe("no-leader");
    if (isSilent) return;
    expect(peer.events.at(-1)).toEqual({ kind: "read-without-leader", id: 1, term: 0 });
  });

  test.each([false, true])("since too many wait, sink missing: %s", (isSilent) => {
    const peer = new Peer(1, { ...THREE, pendingReadsMax: 1, isSilent });
    peer.win(2);
    expect(peer.node.readIndex(bytes("r"))).toBeUndefined();
    expect(peer.node.readIndex(bytes("s"))).toBe("read-queue-full");
    if (isSilent) return;
    expect(peer.events.at(-1)).toEqual({ kind: "read-queue-full", id: 1, term: 1 });
  });
});

describe("a read that names no sender is the peer's own", () => {
  const asked = message("MsgReadIndex", 0, 1, 0, { entries: [entry(0, 0, "r")] });

  test("a sole voter answers it to itself", () => {
    const peer = new Peer(1, { voters: [1] });
    peer.win();
    expect(peer.take(asked)).toEqual([]);
    expect(peer.reads).toEqual([{ index: 1, context: bytes("r") }]);
  });

  test("a follower forwards it under its own name, as a plain entry", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    expect(peer.take(asked)).toMatchObject([{ type: "MsgReadIndex", from: 1, to: 2 }]);
    peer.node.readIndex(bytes("r"));
    expect(peer.run()).toMatchObject([{ from: 1, to: 2, entries: [entry(0, 0, "r")] }]);
  });
});

describe("what is asked of a follower", () => {
  test("a proposal that names no sender is forwarded as its own", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    const proposed = message("MsgProp", 0, 1, 0, { entries: [entry(0, 0, "x")] });
    expect(peer.take(proposed)).toMatchObject([{ type: "MsgProp", from: 1, to: 2 }]);
  });

  test("an order to campaign is told with the role in which it came", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 1), message("MsgTimeoutNow", 2, 1, 1));
    const role = "follower";
    expect(peer.events).toContainEqual({
      kind: "timeout-now-received",
      id: 1,
      term: 1,
      from: 2,
      role,
    });
  });
});

describe("a snapshot that cannot be sent", () => {
  const compacted = (isSilent: boolean) => {
    const peer = new Peer(1, {
      ...THREE,
      log: [1, 1, 1, 1],
      hardState: { term: 1, commit: 4 },
      isSilent,
    });
    peer.run();
    peer.win(2);
    peer.storage.compact(at(4));
    peer.storage.snapshot = () => "temporarily-unavailable";
    return peer;
  };

  test.each([false, true])(
    "for it is not ready: acknowledgements go on, sink missing: %s",
    (isSilent) => {
      const peer = compacted(isSilent);
      expect(peer.take(message("MsgAppResp", 3, 1, 2, { index: at(2) }))).toEqual([]);
      expect(peer.node.progressOf(id(3))).toMatchObject({ match: 2, next: 3 });
      if (!isSilent) expect(peer.kinds.at(-1)).toBe("snapshot-unavailable");
    },
  );
});

describe("a peer whose next entry is compacted gets a snapshot", () => {
  const leader = () => {
    const peer = new Peer(1, { voters: [1, 2], inflightMessagesMax: 1 });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 1, { index: at(1) }));
    return peer;
  };
  const heard = message("MsgHeartbeatResp", 2, 1, 1);

  test("though its window is full, so that an empty append would do", () => {
    const peer = leader();
    for (const text of ["a", "b"]) peer.node.propose(bytes(text));
    peer.run();
    expect(peer.node.progressOf(id(2))).toMatchObject({ match: 1, next: 3, isPaused: true });
    peer.storage.compact(at(3));
    peer.storage.keepSnapshot(snapshot(3, 1, confState([1, 2])));
    expect(peer.take(heard)).toMatchObject([{ type: "MsgSnap", to: 2 }]);
  });

  test("though the storage dropped the entry only just now", () => {
    const peer = leader();
    peer.node.propose(bytes("a"));
    peer.run();
    peer.node.reportUnreachable(id(2));
    peer.storage.keepSnapshot(snapshot(2, 1, confState([1, 2])));
    peer.storage.entries = () => "compacted";
    expect(peer.take(heard)).toMatchObject([{ type: "MsgSnap", to: 2 }]);
  });
});

describe("a first state that is given", () => {
  const first = snapshot(5, 5, confState([1, 2, 3]));

  test("comes too late for a log that has begun, committed or not", () => {
    const peer = new Peer(1, { ...THREE, log: [1] });
    expect(peer.node.initialise(first)).toBe(false);
    expect(peer.node.lastIndex).toBe(1);
  });

  test("of the own term leaves the leader known", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 5));
    expect(peer.node.initialise(first)).toBe(true);
    expect(peer.node.status()).toMatchObject({ term: 5, leader: 2, commit: 5 });
  });

  test("is not for a candidate", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 5 } });
    peer.node.campaign();
    expect(() => peer.node.initialise(first)).toThrow("not a follower");
  });
});

describe("what only the own process sends", () => {
  test("a check of the quorum deposes a leader that nobody has answered", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    peer.node.step(message("MsgCheckQuorum", APPEND_THREAD, 1, 1));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1 });
  });

  test("a late answer of the disk is told if it speaks of entries, and only then", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 3 } });
    const late = (index: number) =>
      message("MsgStorageAppendResp", APPEND_THREAD, 1, 2, { index: at(index) });
    peer.take(late(0));
    expect(peer.kinds).not.toContain("stable-ack-of-older-term");
    peer.take(late(1));
    expect(peer.kinds).toContain("stable-ack-of-older-term");
  });
});

test("who hears a leader under its own name breaks off", () => {
  const peer = new Peer(1, THREE);
  expect(() => peer.take(message("MsgHeartbeat", 1, 1, 1))).toThrow("sent a message to itself");
});

test("a snapshot of the same place may be kept instead of the last", () => {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshot(5, 1, confState([1])));
  const again = snapshot(5, 1, confState([1, 2]));
  storage.keepSnapshot(again);
  expect(storage.snapshot(id(2))).toBe(again);
});

test.each([
  ["no-leader", true],
  ["forwarding-disabled", true],
  ["not-a-member", true],
  ["transfer-in-progress", true],
  ["uncommitted-limit", true],
  ["local-message", false],
  ["unknown-peer", false],
  ["read-queue-full", false],
] as const)("%s is the refusal of a proposal: %s", (refusal, isOfProposal) => {
  expect(isProposalRefusal(refusal)).toBe(isOfProposal);
});

test.each([
  [{ term: 0, vote: 0, commit: 0 }, true],
  [{ term: 1, vote: 0, commit: 0 }, false],
  [{ term: 0, vote: 1, commit: 0 }, false],
  [{ term: 0, vote: 0, commit: 1 }, false],
])("the hard state %o is empty: %s", (state, isEmpty) => {
  const hardState = { term: term(state.term), vote: id(state.vote), commit: at(state.commit) };
  expect(isEmptyHardState(hardState)).toBe(isEmpty);
});
