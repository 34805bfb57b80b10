import { describe, expect, test } from "vitest";
import { at, brief, entry, message, Peer, term } from "../../test/raft-fixture.ts";

const TWO = { voters: [1, 2] };

/** An append of the leader 2, in term 3, after (index, term), of entries of `terms`. */
function append(index: number, ofTerm: number, terms: readonly number[] = [], commit = 0) {
  const entries = terms.map((each, position) => entry(each, index + 1 + position));
  const fields = { index: at(index), logTerm: term(ofTerm), entries, commit: at(commit) };
  return message("MsgApp", 2, 1, 3, fields);
}

/** A follower in term 3 with entries of terms 1, 2, 2, the first committed. */
function follower(): Peer {
  return new Peer(1, { ...TWO, log: [1, 2, 2], hardState: { term: 3, commit: 1 } });
}

describe("what a follower takes and answers", () => {
  test.each([
    // previous, entries, commit -> answer, terms, commit
    [[3, 3], [], 0, "index 3 reject", [1, 2, 2], 1],
    [[4, 2], [3], 0, "index 4 reject", [1, 2, 2], 1],
    [[3, 2], [], 0, "index 3", [1, 2, 2], 1],
    [[3, 2], [3], 0, "index 4", [1, 2, 2, 3], 1],
    [[3, 2], [3, 3], 4, "index 5", [1, 2, 2, 3, 3], 4],
    [[2, 2], [3], 9, "index 3", [1, 2, 3], 3],
    [[1, 1], [3, 3, 3], 0, "index 4", [1, 3, 3, 3], 1],
    [[1, 1], [2], 9, "index 2", [1, 2, 2], 2],
    [[2, 2], [], 9, "index 2", [1, 2, 2], 2],
  ] as const)(
    "rows 53, 54, 55, 56: after %o of %o, commit %d: %s",
    (previous, terms, commit, answer, log, committed) => {
      const peer = follower();
      const sent = peer.take(append(previous[0], previous[1], terms, commit));
      expect(sent.map(brief)).toEqual([`1->2 MsgAppResp term 3 ${answer}`]);
      expect(peer.logTerms).toEqual(log);
      expect(peer.node.commitIndex).toBe(committed);
    },
  );

  test("row 57: an append before the commit index is acked with the commit index", () => {
    const peer = new Peer(1, { ...TWO, log: [1, 2, 2], hardState: { term: 3, commit: 2 } });
    const sent = peer.take(append(1, 9, [9, 9], 9));
    expect(sent.map(brief)).toEqual(["1->2 MsgAppResp term 3 index 2"]);
    expect(peer.logTerms).toEqual([1, 2, 2]);
    expect(peer.node.commitIndex).toBe(2);
  });

  test.each([
    // place before the append, its term; answer
    [1, 9, "index 2"],
    [2, 9, "index 2 reject"],
    [2, 2, "index 2"],
  ])("row 57: one after %d of term %d, of 2 committed: %s", (index, ofTerm, answer) => {
    const peer = new Peer(1, { ...TWO, log: [1, 2, 2], hardState: { term: 3, commit: 2 } });
    expect(peer.take(append(index, ofTerm)).map(brief)).toEqual([
      `1->2 MsgAppResp term 3 ${answer}`,
    ]);
  });

  test("row 62: committed entries are applied in order, once", () => {
    const peer = new Peer(1, TWO);
    peer.take(append(0, 0, [1, 2, 3], 2), append(3, 3, [3], 4), append(3, 3, [3], 4));
    expect(peer.applied.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  });
});

describe("the hint of a refusal", () => {
  test.each([
    // own terms, previous (index, term), hint (index, term)
    [
      [1, 1, 4, 4],
      [4, 2],
      [2, 1],
    ],
    [
      [1, 1, 2, 2],
      [4, 3],
      [4, 2],
    ],
    [
      [1, 1, 2, 2],
      [9, 3],
      [4, 2],
    ],
    [
      [1, 1, 2, 2],
      [9, 1],
      [2, 1],
    ],
    [
      [2, 2],
      [2, 1],
      [0, 0],
    ],
    [[], [5, 3], [0, 0]],
  ] as const)(
    "row 58: the hint of a refusal of %o, asked for %o: %o",
    (log, [index, ofTerm], [hintIndex, hintTerm]) => {
      const peer = new Peer(1, { ...TWO, log, hardState: { term: 3 } });
      const [answer] = peer.take(append(index, ofTerm, [3]));
      expect(answer).toMatchObject({
        reject: true,
        index,
        rejectHint: hintIndex,
        logTerm: hintTerm,
      });
    },
  );
});

describe("heartbeats", () => {
  test.each([
    [0, 1],
    [1, 1],
    [3, 3],
  ])("row 60: a heartbeat with commit %d moves it to %d, forward only", (commit, after) => {
    const peer = follower();
    const sent = peer.take(message("MsgHeartbeat", 2, 1, 3, { commit: at(commit), context: 7 }));
    expect(sent).toMatchObject([{ type: "MsgHeartbeatResp", context: 7, index: 0, commit: 0 }]);
    expect(peer.node.commitIndex).toBe(after);
  });

  test("row 61: one with a commit beyond the log is a broken invariant", () => {
    expect(() => follower().take(message("MsgHeartbeat", 2, 1, 3, { commit: at(4) }))).toThrow(
      "beyond the log",
    );
  });
});

describe("an acknowledgement waits for its write", () => {
  test("row 171: the answer to an append waits for its write", () => {
    const peer = new Peer(1, { ...TWO, asyncStorageWrites: true });
    peer.node.step(append(0, 0, [3], 0));
    const { messages } = peer.node.ready();
    expect(messages.map(({ type }) => type)).toEqual(["MsgStorageAppend"]);
    expect(messages[0]?.responses.map(brief)).toEqual([
      "1->2 MsgAppResp term 3 index 1",
      "-1->1 MsgStorageAppendResp term 3 index 1",
    ]);
  });

  test("row 171: also to one that brings nothing, since an earlier write may be under way", () => {
    const peer = new Peer(1, { ...TWO, asyncStorageWrites: true });
    peer.node.step(append(0, 0, [3], 0));
    peer.node.ready();
    peer.node.step(append(0, 0, [3], 0));
    const { messages } = peer.node.ready();
    expect(messages.map(({ type }) => type)).toEqual(["MsgStorageAppend"]);
    expect(messages[0]?.entries).toEqual([]);
    expect(messages[0]?.responses.map(brief)).toEqual([
      "1->2 MsgAppResp term 3 index 1",
      "-1->1 MsgStorageAppendResp term 3 index 1",
    ]);
  });
});

describe("the reported commit index", () => {
  test.each([
    [true, 2],
    [false, 0],
  ])(
    "beyond etcd: reported commit: acknowledgements carry it when switched on: %s",
    (isOn, commit) => {
      const peer = new Peer(1, { ...TWO, reportCommittedIndex: isOn });
      const sent = peer.take(append(0, 0, [3, 3], 2), message("MsgHeartbeat", 2, 1, 3));
      expect(sent.map(({ type }) => type)).toEqual(["MsgHeartbeatResp", "MsgAppResp"]);
      expect(sent.map((answer) => answer.commit)).toEqual([commit, commit]);
    },
  );
});
