import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  Cluster,
  confState,
  ELECTION_TICKS,
  entry,
  id,
  message,
  Peer,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import { NO_PEER } from "./ids.ts";

const CONF = confState([1, 2, 3]);

const snap = (index: number, ofTerm: number, conf = CONF, messageTerm = 5) =>
  message("MsgSnap", 2, 1, messageTerm, { snapshot: snapshot(index, ofTerm, conf) });

describe("a snapshot that is taken in", () => {
  test("rows 109, 114: a snapshot replaces log, commit, applied and configuration", () => {
    const peer = new Peer(1, { voters: [1, 2], log: [1, 1], hardState: { term: 1 } });
    const sent = peer.take(snap(11, 4));
    expect(sent.map(brief)).toEqual(["1->2 MsgAppResp term 5 index 11"]);
    expect(peer.node.status()).toMatchObject({
      commit: 11,
      applied: 11,
      leader: 2,
      confState: CONF,
    });
    expect([peer.node.firstIndex, peer.node.lastIndex, peer.node.termAt(at(11))]).toEqual([
      12, 11, 4,
    ]);
    expect(peer.storage.initialState().confState).toEqual(CONF);
    expect(peer.applied).toEqual([]);
  });

  test("row 8: a candidate that takes one in follows", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], hardState: { term: 4 } });
    peer.node.campaign();
    peer.run();
    peer.take(snap(11, 4));
    expect(peer.node.status()).toMatchObject({ role: "follower", leader: 2, commit: 11 });
  });

  test("row 63: a snapshot resets the election timer", () => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    peer.tick(ELECTION_TICKS - 1);
    peer.take(snap(11, 4));
    peer.tick();
    expect(peer.node.role).toBe("follower");
  });

  test("rows 114, 171: in asynchronous mode its acknowledgement waits for the disk", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], asyncStorageWrites: true });
    peer.node.step(snap(11, 4));
    const { messages, snapshot: handed } = peer.node.ready();
    expect(handed?.index).toBe(11);
    expect(messages).toMatchObject([
      { type: "MsgStorageAppend", term: 5, commit: 11, snapshot: { index: 11 } },
    ]);
    expect(messages[0]?.responses.map(brief)).toEqual([
      "1->2 MsgAppResp term 5 index 11",
      "-1->1 MsgStorageAppendResp term 5 index 0",
    ]);
    expect(peer.node.appliedIndex).toBe(0);
    const ack = messages[0]?.responses[1];
    if (handed !== null) peer.storage.applySnapshot(handed);
    if (ack !== undefined) peer.node.step(ack);
    expect(peer.node.appliedIndex).toBe(11);
    expect(peer.node.isPromotable).toBe(true);
  });

  test("row 114: a batch that was under way when a snapshot overtook it changes nothing", () => {
    const options = { log: [1, 1], hardState: { term: 1, commit: 2 }, asyncStorageWrites: true };
    const peer = new Peer(1, { voters: [1, 2, 3], ...options });
    const [batch] = peer.node.ready().messages;
    expect(batch?.entries).toEqual([entry(1, 1), entry(1, 2)]);
    peer.take(snap(11, 4));
    expect(peer.node.appliedIndex).toBe(11);
    for (const response of batch?.responses ?? []) peer.node.step(response);
    expect(peer.node.appliedIndex).toBe(11);
    expect(peer.node.hasReady()).toBe(false);
  });

  test("row 113: nothing from the log is applied while a snapshot waits", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], asyncStorageWrites: true });
    peer.node.step(snap(11, 4));
    const fields = { index: at(11), logTerm: term(4), entries: [entry(5, 12)], commit: at(12) };
    peer.node.step(message("MsgApp", 2, 1, 5, fields));
    expect(peer.node.ready().committedEntries).toEqual([]);
  });
});

describe("a snapshot that is not taken in", () => {
  test.each([
    ["row 110: a snapshot older than the commit index", snap(1, 1), 2, 2],
    ["row 110: one at the commit index", snap(2, 1), 2, 2],
    ["row 110: one known to the log, whose commit index moves", snap(3, 1), 3, 3],
    ["row 111: one without this peer", snap(9, 4, confState([2, 3])), 2, 2],
    [
      "row 111: one with it as staged learner alone",
      snap(9, 4, { ...confState([2, 3]), learnersNext: [id(1)] }),
      2,
      2,
    ],
  ])("%s: not taken in", (_, received, commit, acked) => {
    const peer = new Peer(1, {
      voters: [1, 2, 3],
      log: [1, 1, 1],
      hardState: { term: 1, commit: 2 },
    });
    const sent = peer.take(received);
    expect(sent.map(brief)).toEqual([`1->2 MsgAppResp term 5 index ${acked}`]);
    expect(peer.node.commitIndex).toBe(commit);
    expect(peer.logTerms).toEqual([1, 1, 1]);
  });

  test("row 110: one at the commit index is not even compared with the log", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], log: [1], hardState: { term: 1, commit: 1 } });
    peer.take(snap(1, 1));
    expect(peer.events.findLast(({ kind }) => kind.startsWith("snapshot"))).toMatchObject({
      kind: "snapshot-handled",
      isRestored: false,
    });
    expect(peer.kinds).not.toContain("snapshot-fast-forwarded");
  });

  test("row 110: one from before the log's first entry does not set it back", () => {
    const base = snapshot(5, 1, confState([1, 2, 3]));
    const peer = new Peer(1, { snapshot: base, log: [1, 1], hardState: { term: 1, commit: 6 } });
    expect(peer.take(snap(3, 1)).map(brief)).toEqual(["1->2 MsgAppResp term 5 index 6"]);
    expect(peer.node.commitIndex).toBe(6);
    expect(peer.logTerms).toEqual([1, 1]);
  });

  test("row 110: one of a place inside the log leaves what follows, which may be acknowledged", () => {
    const options = { voters: [1, 2, 3], log: [1, 1, 1, 1], hardState: { term: 1, commit: 1 } };
    const peer = new Peer(1, options);
    expect(peer.take(snap(2, 1)).map(brief)).toEqual(["1->2 MsgAppResp term 5 index 2"]);
    expect(peer.node.commitIndex).toBe(2);
    expect(peer.logTerms).toEqual([1, 1, 1, 1]);
  });

  test("row 110: one of another term at a known index replaces the log", () => {
    const peer = new Peer(1, { voters: [1, 2, 3], log: [1, 1, 1], hardState: { term: 1 } });
    peer.take(snap(3, 2));
    expect(peer.logTerms).toEqual([]);
    expect(peer.node.commitIndex).toBe(3);
  });
});

describe("places in the configuration", () => {
  test.each([
    ["a learner", confState([2, 3], { learners: [id(1)] }), false],
    ["an outgoing voter", confState([2, 3], { votersOutgoing: [1, 2, 3].map(id) }), true],
    ["a voter of another group", confState([1, 2]), true],
  ])("row 112: a snapshot makes a voter %s", (_, conf, isPromotable) => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    peer.take(snap(11, 4, conf));
    expect(peer.node.confState).toEqual(conf);
    expect(peer.node.isPromotable).toBe(isPromotable);
  });

  test("row 112: a voter becomes learner, and a learner voter, by snapshot", () => {
    const peer = new Peer(1, { voters: [1, 2] });
    peer.take(snap(11, 4, confState([2], { learners: [id(1)] })));
    expect(peer.node.isPromotable).toBe(false);
    peer.take(snap(12, 4, confState([1, 2])));
    expect(peer.node.isPromotable).toBe(true);
  });

  test("row 112: a learner is brought up by snapshot", () => {
    const conf = confState([1], { learners: [id(2)] });
    const base = snapshot(11, 1, conf);
    const cluster = new Cluster(0);
    cluster.add(new Peer(1, { snapshot: base, hardState: { term: 1, commit: 11 } }));
    cluster.add(new Peer(2, { voters: [1], learners: [2] }));
    cluster.elect(1);
    cluster.tick(1);
    expect(cluster.node(2).commitIndex).toBe(cluster.node(1).commitIndex);
    expect(cluster.node(2).confState).toEqual(conf);
  });
});

describe("a replica that knows nothing yet", () => {
  const uninitialised = (hardState?: { term: number; vote: number }) =>
    new Peer(1, {
      asyncStorageWrites: true,
      ...(hardState === undefined ? {} : { hardState: { ...hardState, commit: 0 } }),
    });

  test("has an empty log and nobody in its configuration", () => {
    const { node } = uninitialised();
    expect([node.firstIndex, node.lastIndex, node.isPromotable]).toEqual([1, 0, false]);
    expect(node.confState.voters).toEqual([]);
  });

  test("refuses appends with a hint that leads to a snapshot, and takes that in", () => {
    const peer = uninitialised();
    const fields = { index: at(10), logTerm: term(4), entries: [entry(5, 11)] };
    const [answer] = peer.take(message("MsgApp", 2, 1, 5, fields));
    expect(answer).toMatchObject({ reject: true, rejectHint: 0, logTerm: 0 });
    peer.take(snap(11, 4));
    expect(peer.node.status()).toMatchObject({ commit: 11, confState: CONF });
  });

  test.each([
    // hard state before, term and vote after
    [undefined, 5, NO_PEER],
    [{ term: 3, vote: 2 }, 5, NO_PEER],
    [{ term: 5, vote: 2 }, 5, 2],
    [{ term: 8, vote: 3 }, 8, 3],
  ])("initialised by a split with %o: term %d, vote %d", (hardState, ofTerm, vote) => {
    const peer = uninitialised(hardState);
    expect(peer.node.initialise(snapshot(5, 5, CONF))).toBe(true);
    expect(peer.run()).toEqual([]);
    expect(peer.node.status()).toMatchObject({ term: ofTerm, vote, commit: 5, applied: 5 });
    expect(peer.hardState).toEqual({ term: ofTerm, vote, commit: 5 });
    expect(peer.storage.initialState().confState).toEqual(CONF);
    expect(peer.node.isPromotable).toBe(true);
  });

  test("initialised, it keeps the leader it has heard of", () => {
    const peer = uninitialised();
    peer.take(message("MsgHeartbeat", 2, 1, 6));
    peer.node.initialise(snapshot(5, 5, CONF));
    expect(peer.node.leader).toBe(2);
  });

  test("is not initialised twice, nor after a leader's snapshot", () => {
    const peer = uninitialised();
    peer.node.step(snap(11, 4));
    expect(peer.node.initialise(snapshot(5, 5, CONF))).toBe(false);
    peer.run();
    expect(peer.node.initialise(snapshot(5, 5, CONF))).toBe(false);
    expect(peer.node.commitIndex).toBe(11);
  });

  test("a restart finds what was initialised", () => {
    const peer = uninitialised({ term: 7, vote: 2 });
    peer.node.initialise(snapshot(5, 5, CONF));
    peer.run();
    peer.restart();
    expect(peer.node.status()).toMatchObject({ term: 7, vote: 2, commit: 5, applied: 5 });
  });
});

test("a snapshot message without a snapshot is a broken contract", () => {
  const peer = new Peer(1, { voters: [1, 2, 3] });
  expect(() => peer.node.step(message("MsgSnap", 2, 1, 5))).toThrow("without a snapshot");
});
