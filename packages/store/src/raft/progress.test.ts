import { describe, expect, test } from "vitest";
import { at, id } from "../../test/raft-fixture.ts";
import { Progress } from "./progress.ts";

const LIMITS = { inflightMessagesMax: 2, inflightBytesMax: Number.POSITIVE_INFINITY };

function progress(match: number, next: number): Progress {
  const peer = new Progress(id(2), at(next), false, LIMITS);
  peer.reset(at(match), at(next));
  return peer;
}

function inState(state: Progress["flow"]["state"], match: number, next: number): Progress {
  const peer = progress(match, next);
  if (state === "replicate") peer.becomeReplicate();
  if (state === "snapshot") peer.becomeSnapshot(at(next - 1));
  peer.next = at(next);
  return peer;
}

describe("pausing", () => {
  test("row 88: a probed peer waits after one append with entries", () => {
    const peer = progress(0, 5);
    peer.sentEntries(0, 0);
    expect(peer.isPaused).toBe(false);
    peer.sentEntries(3, 30);
    expect(peer.isPaused).toBe(true);
    expect(peer.next).toBe(5);
  });

  test("row 89: a replicating peer's next advances ahead of its answers", () => {
    const peer = inState("replicate", 4, 5);
    peer.sentEntries(3, 30);
    expect(peer.next).toBe(8);
    expect(peer.isPaused).toBe(false);
    peer.sentEntries(2, 20);
    expect(peer.next).toBe(10);
    expect(peer.isPaused).toBe(true);
    expect(peer.canSendEntries).toBe(false);
  });

  test("row 94: an empty append through a full window keeps it paused", () => {
    const peer = inState("replicate", 4, 5);
    peer.sentEntries(1, 1);
    peer.sentEntries(1, 1);
    peer.resume();
    expect(peer.isPaused).toBe(false);
    peer.sentEntries(0, 0);
    expect(peer.isPaused).toBe(true);
    expect(peer.next).toBe(7);
  });

  test("row 90: a peer that waits for a snapshot gets nothing, whatever resumes", () => {
    const peer = inState("snapshot", 4, 11);
    peer.resume();
    expect(peer.isPaused).toBe(true);
    peer.pause();
    expect(peer.flow).toEqual({ state: "snapshot", pendingIndex: 10 });
    expect(() => peer.sentEntries(1, 1)).toThrow("waits for a snapshot");
  });

  test("row 101: an acknowledgement that tells something ends a pause", () => {
    const peer = progress(3, 5);
    peer.sentEntries(1, 1);
    peer.acknowledge(at(3));
    expect(peer.isPaused).toBe(true);
    peer.acknowledge(at(5));
    expect(peer.isPaused).toBe(false);
  });
});

test.each(["probe", "snapshot"] as const)(
  "a peer in state %s has no window to release",
  (state) => {
    const peer = inState(state, 4, 11);
    const before = { ...peer.flow };
    peer.releaseWindow();
    expect(peer.flow).toEqual(before);
  },
);

describe("next after a change of state", () => {
  test.each([
    ["replicate", 1, 5, 2],
    ["probe", 1, 5, 2],
    ["snapshot", 1, 11, 11],
    ["snapshot", 12, 11, 13],
  ] as const)(
    "row 99: %s of match %d, next %d is probed from %d",
    (state, match, next, expected) => {
      const peer = inState(state, 0, next);
      peer.match = at(match);
      peer.becomeProbe();
      expect(peer.flow).toEqual({ state: "probe", isPaused: false });
      expect(peer.next).toBe(expected);
    },
  );

  test("rows 99, 107: a peer whose snapshot failed is probed from its match", () => {
    const peer = inState("snapshot", 1, 11);
    peer.becomeProbeAfterFailedSnapshot();
    expect([peer.flow.state, peer.next, peer.sentCommit]).toEqual(["probe", 2, 1]);
  });

  test("row 99: replicating starts behind the match with an empty window", () => {
    const peer = inState("replicate", 1, 5);
    peer.sentEntries(1, 1);
    peer.becomeReplicate();
    expect(peer.next).toBe(2);
    expect(peer.flow.state === "replicate" && peer.flow.inflights.count).toBe(0);
  });

  test("row 99: a snapshot sets next behind it and counts as the commit sent", () => {
    const peer = progress(1, 5);
    peer.becomeSnapshot(at(10));
    expect([peer.next, peer.sentCommit]).toEqual([11, 10]);
    expect(peer.flow).toEqual({ state: "snapshot", pendingIndex: 10 });
  });
});

describe("acknowledgements", () => {
  test.each([
    [2, 3, 5, false],
    [3, 3, 5, false],
    [4, 4, 5, true],
    [5, 5, 6, true],
    [9, 9, 10, true],
  ])(
    "row 81: an acknowledgement of %d: match %d, next %d, new: %s",
    (index, match, next, isNew) => {
      const peer = progress(3, 5);
      expect(peer.acknowledge(at(index))).toBe(isNew);
      expect([peer.match, peer.next]).toEqual([match, next]);
    },
  );
});

describe("refusals", () => {
  test.each([
    // state, match, next, rejected, hint, taken, next after
    ["replicate", 5, 10, 5, 5, false, 10],
    ["replicate", 5, 10, 4, 4, false, 10],
    ["replicate", 5, 10, 9, 9, true, 6],
    ["probe", 0, 1, 0, 0, true, 1],
    ["probe", 0, 10, 5, 5, false, 10],
    ["probe", 0, 10, 9, 9, true, 9],
    ["probe", 0, 2, 1, 1, true, 1],
    ["probe", 0, 10, 9, 2, true, 3],
    ["probe", 0, 10, 9, 0, true, 1],
    ["probe", 7, 10, 9, 2, true, 8],
  ] as const)(
    "rows 81, 100, 103: %s %d %d: refusal of %d, hint %d: taken %s, next %d",
    (...row) => {
      const [state, match, next, rejected, hint, isTaken, after] = row;
      const peer = inState(state, match, next);
      expect(peer.refuse(at(rejected), at(hint))).toBe(isTaken);
      expect(peer.next).toBe(after);
      expect(peer.match).toBe(match);
      expect(peer.match).toBeLessThan(peer.next);
    },
  );

  test("row 81: a fresh refusal of a probe ends its pause, a stale one does not", () => {
    const peer = progress(0, 10);
    peer.sentEntries(1, 1);
    peer.refuse(at(4), at(4));
    expect(peer.isPaused).toBe(true);
    peer.refuse(at(9), at(4));
    expect(peer.isPaused).toBe(false);
  });
});

describe("the commit index sent", () => {
  test.each([
    // sent, next, commit, needed
    [0, 10, 5, true],
    [5, 10, 5, false],
    [5, 10, 6, true],
    [9, 10, 12, false],
    [8, 10, 12, true],
  ])("rows 72, 73: %d sent, next %d, commit %d: needed %s", (sent, next, commit, isNeeded) => {
    const peer = progress(0, next);
    peer.sentCommit = at(sent);
    expect(peer.needsCommit(at(commit))).toBe(isNeeded);
  });

  test("row 72: the commit sent is lowered with next, as what carried it was probably lost", () => {
    const refused = inState("replicate", 3, 10);
    refused.sentCommit = at(9);
    refused.refuse(at(8), at(8));
    expect(refused.sentCommit).toBe(3);
    const probed = inState("replicate", 3, 10);
    probed.sentCommit = at(9);
    probed.becomeProbe();
    expect(probed.sentCommit).toBe(3);
  });
});

test("row 9: a reset forgets all but who the peer is", () => {
  const peer = inState("replicate", 4, 9);
  Object.assign(peer, { sentCommit: 4, committedIndex: 3, readAck: 7, isRecentlyActive: true });
  peer.isLearner = true;
  peer.reset(at(0), at(12));
  expect(peer).toMatchObject({
    id: 2,
    flow: { state: "probe", isPaused: false },
    match: 0,
    next: 12,
    sentCommit: 0,
    committedIndex: 0,
    readAck: 0,
    isRecentlyActive: false,
    isLearner: true,
  });
  expect(() => peer.reset(at(3), at(3))).toThrow("match reached its next");
});
