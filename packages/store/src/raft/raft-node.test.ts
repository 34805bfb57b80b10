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
import { APPEND_THREAD, NO_PEER } from "./ids.ts";
import { MESSAGE_TYPES } from "./message.ts";

const THREE = { voters: [1, 2, 3] };

describe("what is not stepped", () => {
  const LOCAL = MESSAGE_TYPES.filter((type) =>
    /Hup|Beat$|Unreachable|SnapStatus|CheckQuorum|Storage/.test(type),
  );

  test.each(LOCAL)("row 159: %s of a peer is refused", (type) => {
    const { node } = new Peer(1, THREE);
    expect(node.step(message(type, 2, 1, 0))).toBe("local-message");
    expect(node.hasReady()).toBe(false);
  });

  test.each(MESSAGE_TYPES.filter((type) => type.endsWith("Resp") && !type.includes("Storage")))(
    "row 132: %s of a stranger is refused",
    (type) => {
      const { node } = new Peer(1, THREE);
      expect(node.step(message(type, 9, 1, 7))).toBe("unknown-peer");
      expect(node.term).toBe(0);
    },
  );

  test("row 132: requests of strangers are taken: it may be us who do not know them yet", () => {
    const peer = new Peer(1, THREE);
    expect(peer.take(message("MsgVote", 9, 1, 1))).toMatchObject([{ to: 9, reject: false }]);
    expect(peer.take(message("MsgHeartbeat", 9, 1, 2))).toMatchObject([{ to: 9 }]);
  });

  test("rows 132, 159: responses of the storage threads are taken", () => {
    const { node } = new Peer(1, THREE);
    expect(node.step(message("MsgStorageAppendResp", APPEND_THREAD, 1, 0))).toBeUndefined();
  });
});

describe("restarts", () => {
  test("row 161: from hard state and log: nothing that was applied is applied again", () => {
    const peer = new Peer(1, {
      ...THREE,
      log: [1, 1, 2],
      hardState: { term: 3, vote: 2, commit: 3 },
      applied: at(2),
    });
    expect(peer.node.status()).toMatchObject({
      role: "follower",
      term: 3,
      vote: 2,
      commit: 3,
      applied: 2,
      leader: NO_PEER,
    });
    peer.run();
    expect(peer.applied).toEqual([entry(2, 3)]);
  });

  test("row 161: from a snapshot: its index is applied, its configuration is active", () => {
    const conf = confState([1, 2], { learners: [id(3)] });
    const peer = new Peer(1, {
      snapshot: snapshot(5, 2, conf),
      log: [3],
      hardState: { term: 3, commit: 6 },
    });
    expect(peer.node.status()).toMatchObject({ commit: 6, applied: 5, confState: conf });
    peer.run();
    expect(peer.applied).toEqual([entry(3, 6)]);
  });

  test.each([
    // commit on disk, applied elsewhere, commit and applied after the restart
    [1, 3, 3],
    [3, 2, 3],
    [0, 2, 2],
  ])(
    "row 161: with commit %d on disk and %d applied the commit index is %d",
    (commit, applied, after) => {
      const peer = new Peer(1, {
        ...THREE,
        log: [1, 1, 1],
        hardState: { term: 1, commit },
        applied: at(applied),
      });
      expect([peer.node.commitIndex, peer.node.appliedIndex]).toEqual([after, applied]);
    },
  );

  test("row 161: a hard state that does not fit the log is refused", () => {
    expect(() => new Peer(1, { ...THREE, log: [1], hardState: { term: 1, commit: 2 } })).toThrow(
      "does not fit the log",
    );
    const base = snapshot(5, 1, confState([1]));
    expect(() => new Peer(1, { snapshot: base, hardState: { term: 1, commit: 4 } })).toThrow(
      "does not fit the log",
    );
  });

  test("row 161: a leader that restarts follows, with all it has promised", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    peer.node.propose(bytes("x"));
    peer.run();
    peer.restart();
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, vote: 1 });
    expect(peer.logTerms).toEqual([1, 1]);
  });
});

describe("the status", () => {
  test("row 165: the status has progress on the leader alone", () => {
    const peer = new Peer(1, { ...THREE, learners: [12] });
    expect(peer.node.status().progress).toEqual([]);
    peer.win(2);
    expect(peer.node.status().progress).toEqual([
      {
        id: 1,
        state: "replicate",
        match: 1,
        next: 2,
        committedIndex: 0,
        isLearner: false,
        isRecentlyActive: true,
        isPaused: false,
        pendingSnapshotIndex: 0,
        inflightMessages: 0,
      },
      expect.objectContaining({ id: 2, state: "probe", isPaused: true, match: 0, next: 1 }),
      expect.objectContaining({ id: 3 }),
      expect.objectContaining({ id: 12, isLearner: true }),
    ]);
  });

  test("row 165: the status tells what each state of a peer's progress holds", () => {
    const peer = new Peer(1, { snapshot: snapshot(5, 1, confState([1, 2, 3])) });
    peer.win(2);
    const answer = (from: number, fields: object) => message("MsgAppResp", from, 1, 1, fields);
    peer.take(
      answer(2, { index: at(6) }),
      answer(3, { index: at(5), reject: true, rejectHint: at(0) }),
    );
    peer.node.propose(bytes("x"));
    peer.run();
    expect(peer.node.status().progress).toMatchObject([
      { id: 1, committedIndex: 6 },
      { id: 2, state: "replicate", inflightMessages: 1, pendingSnapshotIndex: 0 },
      { id: 3, state: "snapshot", inflightMessages: 0, pendingSnapshotIndex: 5, isPaused: true },
    ]);
  });

  test("row 165: the status is a copy", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    const before = peer.node.status();
    peer.take(message("MsgAppResp", 2, 1, 1, { index: at(1) }));
    expect(before.progress[1]).toMatchObject({ match: 0 });
    expect(before.commit).toBe(0);
  });
});

test("the accessors tell the same as the status", () => {
  const peer = new Peer(1, { ...THREE, log: [1], hardState: { term: 1, vote: 2 } });
  const { node } = peer;
  expect([node.id, node.term, node.vote, node.role, node.isLeader, node.leader]).toEqual([
    1,
    1,
    2,
    "follower",
    false,
    NO_PEER,
  ]);
  peer.win(3);
  expect([node.role, node.isLeader, node.leader, node.vote]).toEqual(["leader", true, 1, 1]);
  expect([node.firstIndex, node.lastIndex, node.commitIndex, node.appliedIndex]).toEqual([
    1, 2, 0, 0,
  ]);
  expect([node.termAt(at(1)), node.termAt(at(2)), node.termAt(at(3))]).toEqual([
    term(1),
    term(2),
    "unavailable",
  ]);
});

test("the same inputs give the same Readys", () => {
  const run = () => {
    const peer = new Peer(1, { ...THREE, random: (max) => max - 1 });
    const sent = [...peer.tick(40), ...peer.win(2)];
    peer.node.propose(bytes("x"));
    sent.push(...peer.run(), ...peer.take(message("MsgAppResp", 3, 1, peer.node.term, {})));
    return JSON.stringify([sent, peer.node.status(), peer.events.map(({ kind }) => kind)]);
  };
  expect(run()).toBe(run());
});
