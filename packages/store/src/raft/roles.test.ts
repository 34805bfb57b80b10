import { describe, expect, test } from "vitest";
import { at, brief, bytes, entry, id, message, Peer, term } from "../../test/raft-fixture.ts";
import { resolveConfig } from "./config.ts";
import { NO_PEER } from "./ids.ts";
import { MemoryStorage } from "./memory-storage.ts";
import type { MessageType } from "./message.ts";
import { Raft } from "./raft-state.ts";
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from "./roles.ts";

const THREE = { voters: [1, 2, 3] };

/** A peer in each role, in term 2, of a group of three. */
const IN_ROLE = {
  follower: () => new Peer(1, { ...THREE, hardState: { term: 2 } }),
  candidate: () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 } });
    peer.node.campaign();
    peer.run();
    return peer;
  },
  "pre-candidate": () => {
    const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 2 } });
    peer.node.campaign();
    peer.run();
    return peer;
  },
  leader: () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 } });
    peer.win(2);
    return peer;
  },
} as const;

const ROLES = Object.keys(IN_ROLE) as readonly (keyof typeof IN_ROLE)[];

test("row 1: starts as a follower without a leader", () => {
  const { node } = new Peer(1, THREE);
  expect([node.role, node.leader, node.term]).toEqual(["follower", NO_PEER, 0]);
});

test.each(ROLES)("the fixture: a %s in term 2", (role) => {
  const { node } = IN_ROLE[role]();
  expect([node.role, node.term]).toEqual([role, 2]);
});

const SENT: readonly MessageType[] = [
  "MsgApp",
  "MsgHeartbeat",
  "MsgVote",
  "MsgVoteResp",
  "MsgAppResp",
  "MsgHeartbeatResp",
  "MsgTimeoutNow",
];

describe("a higher term", () => {
  for (const role of ROLES)
    test.each(SENT)(`rows 2, 3: a higher term is adopted by a ${role} from %s`, (type) => {
      const peer = IN_ROLE[role]();
      peer.node.step(message(type, 2, 1, 9));
      const isOfLeader = type === "MsgApp" || type === "MsgHeartbeat";
      const expectedRole = type === "MsgTimeoutNow" ? "candidate" : "follower";
      expect([peer.node.role, peer.node.term]).toEqual([
        expectedRole,
        expectedRole === "candidate" ? 10 : 9,
      ]);
      expect(peer.node.leader).toBe(isOfLeader ? 2 : NO_PEER);
    });
});

describe("a lower term", () => {
  for (const role of ROLES.filter((each) => each !== "pre-candidate"))
    test.each(SENT)(`row 4: a lower term is ignored by a ${role} in %s`, (type) => {
      const peer = IN_ROLE[role]();
      const before = peer.node.status();
      const sent = peer.take(message(type, 2, 1, 1, { entries: [entry(1, 1)], index: at(0) }));
      expect(sent).toEqual([]);
      expect(peer.node.status()).toEqual(before);
      expect(peer.kinds.at(-1)).toBe("lower-term");
    });
});

describe("with check-quorum or pre-vote a low-term leader learns the own term", () => {
  test.each([
    ["MsgApp", { preVote: true }],
    ["MsgHeartbeat", { preVote: true }],
    ["MsgApp", { checkQuorum: true }],
    ["MsgHeartbeat", { checkQuorum: true }],
  ] as const)("row 5: a leader of a lower term learns the own one from %s, %o", (type, config) => {
    const peer = new Peer(1, { ...THREE, ...config, hardState: { term: 3 } });
    expect(peer.take(message(type, 2, 1, 1)).map(brief)).toEqual([
      "1->2 MsgAppResp term 3 index 0",
    ]);
    expect(peer.node.leader).toBe(NO_PEER);
  });
});

function rawPeer(): Raft {
  const storage = new MemoryStorage();
  return new Raft(
    resolveConfig({
      id: id(1),
      storage,
      electionTicks: 10,
      heartbeatTicks: 1,
      random: () => 0,
    }),
  );
}

describe("impossible changes of role are broken invariants", () => {
  test("row 6: follower and pre-candidate do not become leader", () => {
    const raft = rawPeer();
    expect(() => becomeLeader(raft)).toThrow("only a candidate");
    becomePreCandidate(raft);
    expect(() => becomeLeader(raft)).toThrow("only a candidate");
  });

  test("row 6: a leader does not campaign, and a stranger does not lead", () => {
    const raft = rawPeer();
    becomeCandidate(raft);
    expect(() => becomeLeader(raft)).toThrow("outside of its own configuration");
    expect(() => becomeCandidate(raft)).toThrow("a leader became");
    expect(() => becomePreCandidate(raft)).toThrow("a leader became");
  });

  test("row 6: no term falls", () => {
    const raft = rawPeer();
    becomeFollower(raft, term(3), NO_PEER);
    expect(() => becomeFollower(raft, term(2), NO_PEER)).toThrow("a term fell");
  });
});

describe("the vote", () => {
  test("row 7: the vote stays while the term does", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 2, vote: 3 } });
    peer.take(message("MsgApp", 2, 1, 2));
    expect(peer.hardState.vote).toBe(3);
    expect(peer.node.vote).toBe(3);
  });

  test("row 7: the vote is cleared when the term changes", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 2, vote: 3 } });
    peer.take(message("MsgApp", 2, 1, 3));
    expect(peer.hardState).toMatchObject({ term: 3, vote: NO_PEER });
  });
});

describe("a candidate yields to a leader of its own term", () => {
  for (const role of ["candidate", "pre-candidate"] as const)
    test.each(["MsgApp", "MsgHeartbeat"] as const)(
      `row 8: a ${role} yields to a leader of its own term, %s`,
      (type) => {
        const peer = IN_ROLE[role]();
        const sent = peer.take(message(type, 2, 1, 2));
        expect([peer.node.role, peer.node.leader, peer.node.term]).toEqual(["follower", 2, 2]);
        expect(sent.map((each) => each.type)).toEqual([
          type === "MsgApp" ? "MsgAppResp" : "MsgHeartbeatResp",
        ]);
      },
    );
});

describe("a change of role starts afresh", () => {
  test("row 9: every peer is probed anew, and the transfer is forgotten", () => {
    const peer = IN_ROLE.leader();
    peer.take(message("MsgAppResp", 2, 1, 2, { index: at(1) }));
    peer.node.transferLeader(id(3));
    peer.take(message("MsgApp", 2, 1, 3));
    peer.win(2);
    expect(peer.node.status().transferee).toBe(NO_PEER);
    expect(peer.node.status().progress).toMatchObject([
      { id: 1, state: "replicate", isRecentlyActive: true },
      { id: 2, state: "probe", match: 0, isRecentlyActive: false },
      { id: 3, state: "probe", match: 0, isRecentlyActive: false },
    ]);
  });

  test("row 9: timers start anew and the timeout is drawn again", () => {
    let draw = 0;
    const peer = new Peer(1, { ...THREE, random: () => draw });
    peer.tick(9);
    draw = 5;
    // Of no leader, so that it is the change of role that starts the timer anew.
    peer.take(message("MsgAppResp", 2, 1, 1));
    draw = 0;
    peer.tick(14);
    expect(peer.node.role).toBe("follower");
    peer.tick();
    expect(peer.node.role).toBe("candidate");
  });
});

test("row 30: a new leader appends an empty entry, and counts itself as caught up", () => {
  const peer = new Peer(1, { ...THREE, log: [1, 1], hardState: { term: 1 } });
  const sent = peer.win(2);
  expect(peer.logTerms).toEqual([1, 1, 2]);
  expect(sent.map(brief)).toEqual(["1->2 MsgApp term 2 index 2", "1->3 MsgApp term 2 index 2"]);
  expect(sent[0]?.entries).toEqual([entry(2, 3)]);
  expect(peer.node.progressOf(id(1))).toMatchObject({ match: 3, next: 4 });
  expect(peer.node.propose(bytes("x"))).toBeUndefined();
});
