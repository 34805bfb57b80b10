import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  bytes,
  confState,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import { ENTRY_HEADER_BYTES } from "./entry.ts";
import { APPEND_THREAD, APPLY_THREAD } from "./ids.ts";
import type { Message } from "./message.ts";

const TWO = { voters: [1, 2] };
const ASYNC = { ...TWO, asyncStorageWrites: true };

function append(index: number, ofTerm: number, terms: readonly number[], commit = 0): Message {
  const entries = terms.map((each, position) => entry(each, index + 1 + position));
  const fields = { index: at(index), logTerm: term(ofTerm), entries, commit: at(commit) };
  return message("MsgApp", 2, 1, terms.at(-1) ?? ofTerm, fields);
}

const appendWork = (messages: readonly Message[]) =>
  messages.find(({ to }) => to === APPEND_THREAD);
const applyWork = (messages: readonly Message[]) => messages.find(({ to }) => to === APPLY_THREAD);

/** The storage's part of a message to the append thread, without its responses. */
function write(peer: Peer, work: Message | undefined): void {
  if (work === undefined) throw new Error("no work for the append thread");
  const { term: ofTerm, vote, commit, entries, snapshot: taken } = work;
  peer.persist({ hardState: { term: ofTerm, vote, commit }, entries, snapshot: taken });
}

function respond(peer: Peer, work: Message | undefined): void {
  for (const response of work?.responses ?? [])
    if (response.to === peer.id) peer.node.step(response);
}

describe("a Ready only after a change, and once", () => {
  test("row 160: no Ready at first", () => {
    const { node } = new Peer(1, { ...TWO, log: [1, 1], hardState: { term: 3, vote: 2 } });
    expect(node.hasReady()).toBe(false);
    expect(node.ready()).toEqual({
      softState: null,
      hardState: null,
      readStates: [],
      entries: [],
      snapshot: null,
      committedEntries: [],
      messages: [],
      mustSync: false,
    });
  });

  test.each([false, true])(
    "row 160: each part is handed out once, asynchronously %s",
    (isAsync) => {
      const { node } = new Peer(1, { ...TWO, asyncStorageWrites: isAsync });
      node.step(append(0, 0, [1, 1], 1));
      expect(node.hasReady()).toBe(true);
      const ready = node.ready();
      expect(ready).toMatchObject({
        softState: { leader: 2, role: "follower" },
        hardState: { term: 1, vote: 0, commit: 1 },
        mustSync: true,
      });
      expect(ready.entries.map(({ index }) => index)).toEqual([1, 2]);
      expect(node.hasReady()).toBe(false);
    },
  );

  test.each([false, true])(
    "rows 160, 171: a vote alone is a hard state, and its answer waits for it, asynchronously %s",
    (isAsync) => {
      const options = { ...TWO, hardState: { term: 3 }, asyncStorageWrites: isAsync };
      const { node } = new Peer(1, options);
      node.step(message("MsgVote", 2, 1, 3));
      const { hardState, messages, mustSync } = node.ready();
      expect({ hardState, mustSync }).toEqual({
        hardState: { term: 3, vote: 2, commit: 0 },
        mustSync: true,
      });
      const [first] = messages;
      const answers = isAsync ? (first?.responses ?? []) : messages;
      expect(messages).toHaveLength(1);
      expect(answers.map(({ type, to }) => `${type} to ${to}`)).toEqual(["MsgVoteResp to 2"]);
      if (isAsync) expect(first).toMatchObject({ to: APPEND_THREAD, term: 3, vote: 2 });
    },
  );

  test("row 160: a change back is none: only the difference to the last Ready counts", () => {
    const peer = new Peer(1, TWO);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    peer.node.forgetLeader();
    expect(peer.node.hasReady()).toBe(true);
    peer.node.step(append(0, 1, []));
    expect(peer.node.ready().softState).toBeNull();
  });

  test("rows 160, 162: a snapshot alone is a Ready", () => {
    const peer = new Peer(1, TWO);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    const received = snapshot(5, 1, confState([1, 2]));
    peer.node.step(message("MsgSnap", 2, 1, 1, { snapshot: received }));
    expect(peer.node.hasReady()).toBe(true);
    const ready = peer.node.ready();
    expect(ready.snapshot).toBe(received);
    expect(ready.mustSync).toBe(false);
    expect(peer.node.hasReady()).toBe(false);
  });

  test("row 160: read states are handed out once", () => {
    const peer = new Peer(1, { voters: [1] });
    peer.win();
    peer.node.readIndex(bytes("a"));
    expect(peer.node.hasReady()).toBe(true);
    expect(peer.node.ready().readStates).toEqual([{ index: 1, context: bytes("a") }]);
    peer.node.advance();
    expect(peer.node.ready().readStates).toEqual([]);
  });
});

describe("what must be synced", () => {
  test.each<[string, readonly Message[], boolean]>([
    ["entries", [append(0, 0, [1])], true],
    ["a term", [message("MsgHeartbeat", 2, 1, 2)], true],
    ["a vote", [message("MsgVote", 2, 1, 1)], true],
    ["a leader", [message("MsgHeartbeat", 2, 1, 1)], false],
    ["a commit index", [message("MsgHeartbeat", 2, 1, 1, { commit: at(2) })], false],
  ])("row 162: %s must be synced: %s", (name, messages, mustSync) => {
    const peer = new Peer(1, {
      ...TWO,
      hardState: { term: 1 },
      log: name === "a commit index" ? [1, 1] : [],
    });
    for (const each of messages) peer.node.step(each);
    expect(peer.node.ready().mustSync).toBe(mustSync);
  });
});

describe("synchronous mode", () => {
  test("row 164: committed entries are handed out that the same Ready makes durable", () => {
    const { node } = new Peer(1, TWO);
    node.step(append(0, 0, [1, 1], 2));
    const { entries, committedEntries, messages } = node.ready();
    expect(committedEntries).toEqual(entries);
    expect(messages.map(brief)).toEqual(["1->2 MsgAppResp term 1 index 2"]);
  });

  test("row 164: own writes and applications are known by advance alone", () => {
    const peer = new Peer(1, TWO);
    peer.node.step(append(0, 0, [1, 1], 1));
    const ready = peer.node.ready();
    peer.persist(ready);
    peer.apply(ready.committedEntries);
    expect(peer.node.appliedIndex).toBe(0);
    peer.node.advance();
    expect(peer.node.appliedIndex).toBe(1);
  });

  test("row 177: two Readys without advance, and advance in asynchronous mode", () => {
    const { node } = new Peer(1, TWO);
    node.step(append(0, 0, [1]));
    node.ready();
    expect(() => node.ready()).toThrow("before the last one was advanced");
    expect(() => new Peer(1, ASYNC).node.advance()).toThrow("not called in asynchronous mode");
  });
});

describe("asynchronous mode", () => {
  test("row 171: work for the append thread: a changed hard state or none, entries, answers", () => {
    const { node } = new Peer(1, ASYNC);
    node.step(append(0, 0, [1]));
    expect(node.ready().messages).toMatchObject([
      { type: "MsgStorageAppend", from: 1, to: APPEND_THREAD, term: 1, vote: 0, commit: 0 },
    ]);
    node.step(append(1, 1, [1]));
    const [work] = node.ready().messages;
    expect(work).toMatchObject({ term: 0, vote: 0, commit: 0 });
    expect(work?.entries.map(({ index }) => index)).toEqual([2]);
  });

  test("row 172: own acknowledgements come before that of stability", () => {
    const peer = new Peer(1, { voters: [1], asyncStorageWrites: true });
    peer.win();
    peer.node.propose(bytes("x"));
    const work = appendWork(peer.node.ready().messages);
    expect(work?.responses.map(brief)).toEqual([
      "1->1 MsgAppResp term 1 index 2",
      "-1->1 MsgStorageAppendResp term 1 index 2",
    ]);
    expect(work?.responses[1]).toMatchObject({ logTerm: 1, snapshot: null });
  });

  test("row 173: stability is asked for while anything is unstable, and not otherwise", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, 0, [1]));
    const first = appendWork(peer.node.ready().messages);
    peer.node.step(message("MsgVote", 2, 1, 1));
    peer.node.step(append(1, 1, [], 1));
    const second = appendWork(peer.node.ready().messages);
    expect(second?.entries).toEqual([]);
    expect(second?.responses.at(-1)).toMatchObject({ type: "MsgStorageAppendResp", index: 1 });
    for (const work of [first, second]) write(peer, work);
    for (const work of [first, second]) respond(peer, work);
    peer.node.step(append(1, 1, [], 1));
    const third = appendWork(peer.node.ready().messages);
    expect(third?.responses.map(({ type }) => type)).toEqual(["MsgAppResp"]);
  });

  test("row 174: one of an older term is void, as its entries may have come back", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, 0, [1], 0));
    const first = appendWork(peer.node.ready().messages);
    peer.node.step(append(0, 0, [2], 0));
    const second = appendWork(peer.node.ready().messages);
    // A third leader has the first one's entry again: (1, 1) is unstable, and not yet written.
    peer.node.step(message("MsgApp", 2, 1, 3, { entries: [entry(1, 1)] }));
    write(peer, first);
    write(peer, second);
    respond(peer, first);
    expect(peer.kinds).toContain("stable-ack-of-older-term");
    const third = peer.node.ready();
    expect(third.entries).toEqual([entry(1, 1)]);
    peer.node.step(message("MsgHeartbeat", 2, 1, 3, { commit: at(1) }));
    expect(peer.node.ready().committedEntries).toEqual([]);
  });

  test("row 174: its snapshot counts all the same", () => {
    const peer = new Peer(1, ASYNC);
    const received = snapshot(5, 1, confState([1, 2]));
    peer.node.step(message("MsgSnap", 2, 1, 1, { snapshot: received }));
    const work = appendWork(peer.node.ready().messages);
    peer.node.step(message("MsgHeartbeat", 2, 1, 9));
    write(peer, work);
    respond(peer, work);
    expect(peer.node.appliedIndex).toBe(5);
    expect(peer.node.isPromotable).toBe(true);
  });

  test("row 175: only what is durable here is applied", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, 0, [1, 1], 2));
    const ready = peer.node.ready();
    expect(ready.committedEntries).toEqual([]);
    const work = appendWork(ready.messages);
    write(peer, work);
    respond(peer, work);
    const { messages } = peer.node.ready();
    const apply = applyWork(messages);
    expect(apply).toMatchObject({ from: 1, term: 0 });
    expect(apply?.entries.map(({ index }) => index)).toEqual([1, 2]);
    expect(apply?.responses).toMatchObject([
      { type: "MsgStorageApplyResp", from: APPLY_THREAD, to: 1, term: 0, entries: apply?.entries },
    ]);
    expect(peer.node.appliedIndex).toBe(0);
    respond(peer, apply);
    expect(peer.node.appliedIndex).toBe(2);
  });

  test("row 176: the byte limit spans outstanding batches", () => {
    const options: PeerOptions = { ...ASYNC, applyingBytesMax: 2 * ENTRY_HEADER_BYTES };
    const peer = new Peer(1, { ...options, log: [1, 1, 1, 1, 1], hardState: { term: 1 } });
    const commit = (index: number) => {
      peer.node.step(message("MsgHeartbeat", 2, 1, 1, { commit: at(index) }));
      return applyWork(peer.node.ready().messages);
    };
    const first = commit(1);
    const second = commit(5);
    expect(first?.entries.map(({ index }) => index)).toEqual([1]);
    expect(second?.entries.map(({ index }) => index)).toEqual([2]);
    expect(commit(5)).toBeUndefined();
    respond(peer, first);
    const third = applyWork(peer.node.ready().messages);
    expect(third?.entries.map(({ index }) => index)).toEqual([3]);
    respond(peer, second);
    respond(peer, third);
    expect(applyWork(peer.node.ready().messages)?.entries.map(({ index }) => index)).toEqual([
      4, 5,
    ]);
  });

  test("row 176: an empty answer of the apply thread changes nothing", () => {
    const { node } = new Peer(1, ASYNC);
    node.step(message("MsgStorageApplyResp", APPLY_THREAD, 1, 0));
    expect([node.appliedIndex, node.hasReady()]).toEqual([0, false]);
  });
});

describe("pages of committed entries", () => {
  const options: PeerOptions = {
    ...TWO,
    log: [1, 1, 1, 1],
    hardState: { term: 1, commit: 4 },
    applyingBytesMax: 2 * ENTRY_HEADER_BYTES,
  };

  test("row 163: pages of committed entries come one after the other", () => {
    const peer = new Peer(1, options);
    const pages: number[][] = [];
    while (peer.node.hasReady()) {
      const before = peer.applied.length;
      peer.handleReady();
      pages.push(peer.applied.slice(before).map(({ index }) => index));
    }
    expect(pages).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("rows 161, 163: a restart between them leaves no gap and repeats nothing", () => {
    const peer = new Peer(1, options);
    peer.handleReady();
    peer.restart();
    peer.run();
    expect(peer.applied.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
    expect(peer.node.ready().committedEntries).toEqual([]);
  });
});

test("row 171: a follower's answer is sent with its Ready, and to the right peer", () => {
  const peer = new Peer(1, { voters: [1, 2, 3] });
  const sent = peer.take(append(0, 0, [1]));
  expect(sent).toMatchObject([{ to: id(2), type: "MsgAppResp" }]);
});
