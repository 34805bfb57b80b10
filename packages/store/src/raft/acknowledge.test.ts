import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  bytes,
  Cluster,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
  term,
} from "../../test/raft-fixture.ts";

const THREE = { voters: [1, 2, 3] };

/** A leader of term 2 with entries of terms 1, 1, and its own at index 3. */
function leader(options: PeerOptions = {}): Peer {
  const peer = new Peer(1, { ...THREE, log: [1, 1], hardState: { term: 1 }, ...options });
  peer.win(2);
  return peer;
}

const ack = (index: number, from = 2) => message("MsgAppResp", from, 1, 2, { index: at(index) });
const refusal = (index: number, hint: number, hintTerm = 0) =>
  message("MsgAppResp", 2, 1, 2, {
    index: at(index),
    reject: true,
    rejectHint: at(hint),
    logTerm: term(hintTerm),
  });

describe("answers to an append", () => {
  test.each([
    // answer, match, next, state, appends sent: [index, entries]
    [ack(0), 0, 4, "replicate", [[0, 3]]],
    [ack(2), 2, 4, "replicate", [[2, 1]]],
    [ack(3), 3, 4, "replicate", [[3, 0]]],
    [refusal(1, 1), 0, 3, "probe", []],
    [refusal(2, 2), 0, 2, "probe", [[1, 2]]],
    [refusal(2, 0), 0, 1, "probe", [[0, 3]]],
  ] as const)(
    "row 78: an answer to an append moves match, next, state and appends as in case %#",
    (answer, match, next, state, appends) => {
      const peer = leader();
      const sent = peer.take(answer);
      expect(peer.node.progressOf(id(2))).toMatchObject({ match, next, flow: { state } });
      expect(sent.map(({ index, entries }) => [index, entries.length])).toEqual(appends);
    },
  );

  test("row 98: an acknowledgement of what was known lifts a probe to replication", () => {
    const peer = leader();
    peer.take(ack(3));
    peer.node.reportUnreachable(id(2));
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("probe");
    peer.take(ack(3));
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("replicate");
  });

  test.each([1, 2])("row 98: one of less than is known, %d, lifts nothing", (index) => {
    const peer = leader();
    peer.take(ack(3));
    peer.node.reportUnreachable(id(2));
    const before = peer.node.status();
    expect(peer.take(ack(index))).toEqual([]);
    expect(peer.node.status()).toEqual(before);
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("probe");
  });

  test("row 100: a refusal while replicating sets back to a probe from the match", () => {
    const peer = leader();
    peer.take(ack(3));
    for (const text of ["a", "b", "c"]) peer.node.propose(bytes(text));
    peer.run();
    expect(peer.node.progressOf(id(2))?.next).toBe(7);
    const sent = peer.take(refusal(5, 4));
    expect(sent.map(({ index, entries }) => [index, entries.length])).toEqual([[3, 3]]);
    expect(peer.node.progressOf(id(2))).toMatchObject({
      next: 4,
      flow: { state: "probe", isPaused: true },
    });
  });

  test("row 81: late acknowledgements and refusals change nothing", () => {
    const peer = leader();
    peer.take(ack(3));
    const before = peer.node.status();
    expect(peer.take(ack(2), refusal(3, 2), refusal(1, 0))).toEqual([]);
    expect(peer.node.status()).toEqual(before);
  });

  test("row 81: in any order, and twice, the log gets through", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    const peer = cluster.peer(1);
    for (const text of ["a", "b", "c"]) peer.node.propose(bytes(text));
    const sent = peer.run();
    const answers = [...sent, ...sent]
      .reverse()
      .flatMap((each) => [...(cluster.peers.get(each.to)?.take(each) ?? [])]);
    cluster.settle(...answers.reverse(), ...answers);
    for (const { node } of cluster.peers.values()) expect(node.commitIndex).toBe(4);
  });

  test("row 132: responses of strangers are refused", () => {
    expect(leader().node.step(ack(3, 9))).toBe("unknown-peer");
  });
});

describe("both sides skip whole terms", () => {
  test.each([
    // leader's terms, follower's terms, probes in all
    [[1, 2, 2, 4, 4, 4, 4], [1, 2, 2, 3, 3, 3, 3], 1],
    [[1, 2, 2, 3, 4, 4, 4, 5], [1, 2, 2, 3, 3, 3, 3], 1],
    [[1, 1, 1, 1], [1, 1, 1, 2], 1],
    [[1, 1, 1, 6, 6, 6, 6, 6], [1, 1, 1, 2, 2, 2, 2, 2], 1],
    [[2, 2, 2, 5], [2, 4, 4, 4], 2],
    [[2, 2, 2, 2, 2], [2, 2, 4, 4, 4], 1],
    [[1, 3, 3, 3, 3, 7], [1, 2, 2, 4, 4, 6], 2],
    [[1, 1, 1], [], 1],
  ])("row 79: leader %o, follower %o: after %d refusals", (own, other, refusals) => {
    const peers = [
      { log: own, hardState: { term: 7 } },
      { log: other, hardState: { term: 7 } },
      { log: [], hardState: { term: 7 } },
    ];
    const cluster = new Cluster(3, (raw) => peers[raw - 1] ?? {});
    cluster.cut(1, 2);
    cluster.elect(1);
    cluster.heal();
    cluster.tick(1);
    expect(cluster.peer(2).logTerms).toEqual([...own, 8]);
    const refused = cluster.peer(2).kinds.filter((kind) => kind === "append-rejected");
    expect(refused).toHaveLength(refusals);
  });

  test("row 59: a hint of an unknown term is taken as it is", () => {
    const peer = leader();
    peer.take(refusal(2, 1, 0));
    expect(peer.node.progressOf(id(2))?.next).toBe(2);
  });
});

test("row 80: a leader repairs every log of the paper's figure 7", () => {
  const own = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const others = [
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
    [1, 1, 1, 4],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ];
  for (const other of others) {
    const cluster = new Cluster(3, (raw) => ({
      log: raw === 1 ? own : raw === 2 ? other : [],
      hardState: { term: 8 },
    }));
    cluster.elect(1);
    cluster.propose(1, "x");
    expect(cluster.peer(2).logTerms).toEqual([...own, 9, 9]);
  }
});

describe("a heartbeat's answer", () => {
  const answer = message("MsgHeartbeatResp", 2, 1, 2);
  test("row 77: a heartbeat's answer brings an append to a peer that is behind", () => {
    const peer = leader();
    peer.tick();
    const [sent] = peer.take(answer);
    expect(sent).toMatchObject({ type: "MsgApp", index: 2 });
  });

  test("row 77: and to one that is probed, be it up to date", () => {
    const peer = leader();
    peer.take(ack(3));
    peer.node.reportUnreachable(id(2));
    expect(peer.take(answer)).toMatchObject([{ type: "MsgApp", index: 3, entries: [] }]);
  });

  test("row 77: none to one that replicates and has everything", () => {
    const peer = leader();
    peer.take(ack(3));
    expect(peer.take(answer)).toEqual([]);
  });
});

describe("committing", () => {
  test.each([
    // acknowledged by the others, terms of the log before, committed
    [[0, 0], [], 0],
    [[1, 0], [], 1],
    [[1, 1], [], 1],
    [[2, 1], [1, 1], 0],
    [[3, 0], [1, 1], 3],
    [[2, 2], [1, 1], 0],
    [[2, 3], [1, 1], 3],
  ] as const)(
    "rows 65, 66, 67: %o of a log that began with %o: %d",
    ([second, third], log, committed) => {
      const peer = new Peer(1, { ...THREE, log, hardState: { term: 1 } });
      peer.win(2);
      if (second > 0) peer.take(ack(second, 2));
      if (third > 0) peer.take(ack(third, 3));
      expect(peer.node.commitIndex).toBe(committed);
      // What is before it commits and is applied with it.
      expect(peer.applied).toHaveLength(committed);
    },
  );

  test("row 65: five voters need three", () => {
    const peer = new Peer(1, { voters: [1, 2, 3, 4, 5], hardState: { term: 1 } });
    peer.win(2, 3);
    peer.take(ack(1, 2));
    expect(peer.node.commitIndex).toBe(0);
    peer.take(ack(1, 5));
    expect(peer.node.commitIndex).toBe(1);
  });

  test("row 69: the own log counts when it is durable", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 }, asyncStorageWrites: true });
    peer.win(2);
    peer.node.propose(bytes("x"));
    const work = peer.node.ready().messages.find(({ type }) => type === "MsgStorageAppend");
    peer.node.step(ack(2));
    expect(peer.node.commitIndex).toBe(1);
    for (const response of work?.responses ?? []) peer.node.step(response);
    expect(peer.node.commitIndex).toBe(2);
  });

  test("rows 69, 175: a majority of the others commits without it, applied when durable here", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 }, asyncStorageWrites: true });
    peer.win(2);
    peer.node.propose(bytes("x"));
    peer.node.ready();
    peer.node.step(ack(2, 2));
    peer.node.step(ack(2, 3));
    expect(peer.node.commitIndex).toBe(2);
    // Committed, but not applied here before it is durable here.
    expect(peer.node.ready().committedEntries.map(({ index }) => index)).not.toContain(2);
  });

  test("row 70: an own acknowledgement of an older term is void", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 }, asyncStorageWrites: true });
    peer.win(2);
    peer.node.propose(bytes("x"));
    const work = peer.node.ready().messages.find(({ type }) => type === "MsgStorageAppend");
    peer.take(message("MsgHeartbeat", 2, 1, 3));
    peer.win(2);
    const { commitIndex } = peer.node;
    const own = work?.responses.filter(({ type }) => type === "MsgAppResp") ?? [];
    expect(own.map(brief)).toEqual(["1->1 MsgAppResp term 2 index 2"]);
    for (const response of own) peer.node.step(response);
    expect(peer.kinds.at(-1)).toBe("lower-term");
    expect(peer.node.commitIndex).toBe(commitIndex);
  });

  test("row 136: a learner gets log and commit index, and does not count", () => {
    const peer = new Peer(1, { voters: [1, 2], learners: [3], hardState: { term: 1 } });
    const sent = peer.win(2);
    expect(sent.map(({ to }) => to)).toEqual([2, 3]);
    peer.take(ack(1, 3));
    expect(peer.node.commitIndex).toBe(0);
    const told = peer.take(ack(1, 2));
    expect(told.map(({ to, commit }) => [to, commit])).toContainEqual([3, 1]);
  });
});

test("a peer that refuses all that it once acknowledged is asked again, without entries", () => {
  const peer = leader();
  peer.take(ack(3));
  peer.node.reportUnreachable(id(2));
  const asked = { type: "MsgApp", to: 2, index: 3, entries: [] };
  expect(peer.take(refusal(3, 0))).toMatchObject([asked]);
});

describe("the committed index a peer reports", () => {
  test("beyond etcd: reported commit: it is kept, and never falls", () => {
    const peer = leader();
    const reported = (type: "MsgAppResp" | "MsgHeartbeatResp", commit: number) =>
      message(type, 2, 1, 2, { index: at(type === "MsgAppResp" ? 2 : 0), commit: at(commit) });
    peer.take(reported("MsgAppResp", 1));
    expect(peer.node.progressOf(id(2))?.committedIndex).toBe(1);
    peer.take(reported("MsgHeartbeatResp", 2));
    expect(peer.node.progressOf(id(2))?.committedIndex).toBe(2);
    peer.take(reported("MsgAppResp", 1));
    expect(peer.node.progressOf(id(2))?.committedIndex).toBe(2);
  });

  test("beyond etcd: reported commit: it follows the group when everybody reports", () => {
    const cluster = new Cluster(3, { reportCommittedIndex: true });
    cluster.elect(1);
    cluster.propose(1, "x");
    cluster.tick(1);
    const { progress } = cluster.node(1).status();
    expect(progress.map(({ committedIndex }) => committedIndex)).toEqual([2, 2, 2]);
  });
});

test("row 65: an entry commits at a majority, without those that are cut off", () => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.cut(1, 3);
  cluster.propose(1, "x");
  expect(cluster.node(1).commitIndex).toBe(2);
  expect(cluster.peer(2).applied.at(-1)).toEqual(entry(1, 2, "x"));
  expect(cluster.peer(3).logTerms).toEqual([1]);
});
