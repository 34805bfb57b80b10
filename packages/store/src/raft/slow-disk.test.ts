// A peer whose writes take their time: what it may do meanwhile, and what it may not.
import { describe, expect, test } from "vitest";
import {
  at,
  bytes,
  ELECTION_TICKS,
  entry,
  id,
  message,
  Peer,
  term,
} from "../../test/raft-fixture.ts";
import { APPEND_THREAD, APPLY_THREAD } from "./ids.ts";
import type { Message } from "./message.ts";

const ASYNC = { voters: [1, 2, 3], asyncStorageWrites: true };

/** What the peer has to do, by whom it is for. */
function work(peer: Peer) {
  const { messages } = peer.node.ready();
  return {
    append: messages.find(({ to }) => to === APPEND_THREAD),
    apply: messages.find(({ to }) => to === APPLY_THREAD),
    sent: messages.filter(({ to }) => to > 0),
  };
}

function finish(peer: Peer, done: Message | undefined): void {
  if (done === undefined) throw new Error("no work to finish");
  if (done.to === APPEND_THREAD) {
    const { term: ofTerm, vote, commit, entries, snapshot } = done;
    peer.persist({ hardState: { term: ofTerm, vote, commit }, entries, snapshot });
  } else peer.apply(done.entries);
  for (const response of done.responses) if (response.to === peer.id) peer.node.step(response);
}

/** A leader of term 1 whose first entry is not durable yet. */
function leader(options: object = {}) {
  const peer = new Peer(1, { ...ASYNC, ...options });
  peer.node.campaign();
  finish(peer, work(peer).append);
  peer.node.step(message("MsgVoteResp", 2, 1, 1));
  return peer;
}

describe("a candidate", () => {
  test("rows 10, 20, 171: asks the others at once, and itself when its vote is durable", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.campaign();
    const ready = peer.node.ready();
    const own = message("MsgVoteResp", 1, 1, 1);
    const write = message("MsgStorageAppend", 1, APPEND_THREAD, 1, {
      vote: id(1),
      responses: [own],
    });
    expect(ready).toEqual({
      softState: { leader: 0, role: "candidate" },
      hardState: { term: 1, vote: 1, commit: 0 },
      readStates: [],
      entries: [],
      snapshot: null,
      committedEntries: [],
      messages: [message("MsgVote", 1, 2, 1), message("MsgVote", 1, 3, 1), write],
      mustSync: true,
    });
    // One vote of the two it needs: its own is not durable.
    peer.node.step(message("MsgVoteResp", 2, 1, 1));
    expect(peer.node.role).toBe("candidate");
    peer.node.step(own);
    expect(peer.node.role).toBe("leader");
  });

  test("row 20: the others' votes suffice without its own", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.campaign();
    peer.node.ready();
    for (const voter of [2, 3]) peer.node.step(message("MsgVoteResp", voter, 1, 1));
    expect(peer.node.role).toBe("leader");
  });
});

describe("a leader", () => {
  test("row 30: appends its empty entry, replicates to itself, and sends it at once", () => {
    const peer = leader();
    const { append, sent } = work(peer);
    const first = entry(1, 1);
    expect(sent).toEqual([
      message("MsgApp", 1, 2, 1, { entries: [first] }),
      message("MsgApp", 1, 3, 1, { entries: [first] }),
    ]);
    expect(append).toEqual(
      message("MsgStorageAppend", 1, APPEND_THREAD, 0, {
        entries: [first],
        responses: [
          message("MsgAppResp", 1, 1, 1, { index: at(1) }),
          message("MsgStorageAppendResp", APPEND_THREAD, 1, 1, { index: at(1), logTerm: term(1) }),
        ],
      }),
    );
    // Not stored, so not counted; yet alive, and nothing that must be probed.
    expect(peer.node.progressOf(id(1))).toMatchObject({
      match: 0,
      next: 1,
      isRecentlyActive: true,
      flow: { state: "replicate" },
    });
  });

  test("row 43: is active itself before its disk has answered", () => {
    const peer = leader({ checkQuorum: true });
    for (let ticks = 1; ticks < ELECTION_TICKS; ticks++) peer.node.tick();
    peer.node.step(message("MsgHeartbeatResp", 3, 1, 1));
    peer.node.tick();
    expect(peer.node.role).toBe("leader");
  });

  test("row 69: one acknowledgement of another and its own durable log commit, in any order", () => {
    for (const isOwnFirst of [true, false]) {
      const peer = leader();
      const { append } = work(peer);
      const ack = message("MsgAppResp", 2, 1, 1, { index: at(1) });
      if (isOwnFirst) finish(peer, append);
      else peer.node.step(ack);
      expect(peer.node.commitIndex).toBe(0);
      if (isOwnFirst) peer.node.step(ack);
      else finish(peer, append);
      expect(peer.node.commitIndex).toBe(1);
    }
  });

  test("row 70: what an earlier term acknowledges to itself does not commit", () => {
    const peer = leader();
    peer.node.propose(bytes("x"));
    const { append } = work(peer);
    // Deposed before its disk answers, and elected again.
    peer.node.step(message("MsgHeartbeat", 2, 1, 2));
    peer.node.campaign();
    for (const voter of [2, 3]) peer.node.step(message("MsgVoteResp", voter, 1, 3));
    expect(peer.node.status()).toMatchObject({ role: "leader", term: 3 });
    peer.node.step(message("MsgAppResp", 2, 1, 3, { index: at(3) }));
    for (const response of append?.responses ?? []) peer.node.step(response);
    // Entry 3 is stored by the second alone: the own acknowledgement was of term 1.
    expect(peer.node.progressOf(id(1))?.match).toBe(2);
    expect(peer.node.commitIndex).toBe(0);
  });
});

describe("a follower", () => {
  const append = (index: number, texts: readonly string[], commit: number, ofTerm = 1) =>
    message("MsgApp", 2, 1, ofTerm, {
      index: at(index),
      logTerm: term(index === 0 ? 0 : 1),
      entries: texts.map((text, position) => entry(ofTerm, index + 1 + position, text)),
      commit: at(commit),
    });

  test("rows 171, 172: answers when its disk has, the stability of its log last", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(message("MsgVote", 2, 1, 1));
    peer.node.step(append(0, ["a"], 0));
    expect(work(peer)).toEqual({
      append: message("MsgStorageAppend", 1, APPEND_THREAD, 1, {
        vote: id(2),
        entries: [entry(1, 1, "a")],
        responses: [
          message("MsgVoteResp", 1, 2, 1),
          message("MsgAppResp", 1, 2, 1, { index: at(1) }),
          message("MsgStorageAppendResp", APPEND_THREAD, 1, 1, { index: at(1), logTerm: term(1) }),
        ],
      }),
      apply: undefined,
      sent: [],
    });
  });

  test("row 171: a heartbeat promises nothing durable, and is answered at once", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, ["a"], 0));
    peer.node.step(message("MsgHeartbeat", 2, 1, 1, { context: 5 }));
    expect(work(peer).sent).toEqual([message("MsgHeartbeatResp", 1, 2, 1, { context: 5 })]);
  });

  test("row 173: a write without entries asks for stability while an earlier one is under way", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, ["a"], 0));
    const first = work(peer).append;
    peer.node.step(append(1, [], 0));
    const second = work(peer).append;
    const stability = message("MsgStorageAppendResp", APPEND_THREAD, 1, 1, {
      index: at(1),
      logTerm: term(1),
    });
    const answer = message("MsgAppResp", 1, 2, 1, { index: at(1) });
    expect(second).toEqual(
      message("MsgStorageAppend", 1, APPEND_THREAD, 0, { responses: [answer, stability] }),
    );
    finish(peer, first);
    peer.node.step(append(1, [], 0));
    // Nothing is unstable any more.
    expect(work(peer).append?.responses).toEqual([answer]);
  });

  test("row 175: applies what is durable, not what is committed", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, ["a"], 0));
    const first = work(peer).append;
    peer.node.step(append(1, ["b"], 2));
    const second = work(peer);
    expect([peer.node.commitIndex, second.apply]).toEqual([2, undefined]);
    finish(peer, first);
    expect(work(peer).apply?.entries).toEqual([entry(1, 1, "a")]);
    finish(peer, second.append);
    expect(work(peer).apply?.entries).toEqual([entry(1, 2, "b")]);
  });

  test("row 174: entries that came back after another term are written before they count", () => {
    const peer = new Peer(1, ASYNC);
    peer.node.step(append(0, ["a"], 0));
    const first = work(peer).append;
    peer.node.step(append(0, ["b"], 0, 2));
    const second = work(peer).append;
    // A leader of term 3 has the first one's entry.
    peer.node.step(message("MsgApp", 3, 1, 3, { entries: [entry(1, 1, "a")], commit: at(1) }));
    const third = work(peer).append;
    expect(third?.entries).toEqual([entry(1, 1, "a")]);
    finish(peer, first);
    finish(peer, second);
    // The disk holds "b" now. Had one of the two counted, it would be applied as committed.
    expect(peer.node.hasReady()).toBe(false);
    finish(peer, third);
    expect(work(peer).apply?.entries).toEqual([entry(1, 1, "a")]);
  });
});
