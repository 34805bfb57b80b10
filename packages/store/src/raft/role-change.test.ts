// What a change of role leaves and what it clears, beyond the roles themselves.
import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  confState,
  ELECTION_TICKS,
  entry,
  id,
  message,
  Peer,
  snapshot,
} from "../../test/raft-fixture.ts";
import { NO_PEER } from "./ids.ts";

const THREE = { voters: [1, 2, 3] };
const heartbeatOf = (from: number, ofTerm: number) => message("MsgHeartbeat", from, 1, ofTerm);

function candidate(): Peer {
  const peer = new Peer(1, { ...THREE, hardState: { term: 1 } });
  peer.node.campaign();
  peer.run();
  return peer;
}

describe("the vote of the own term", () => {
  test.each<[string, (peer: Peer) => void]>([
    [
      "a lost election",
      (peer) => {
        const refusal = (from: number) => message("MsgVoteResp", from, 1, 2, { reject: true });
        peer.take(refusal(2), refusal(3));
      },
    ],
    ["another leader of the term", (peer) => peer.take(heartbeatOf(2, 2))],
    ["a won election", (peer) => peer.take(message("MsgVoteResp", 2, 1, 2))],
  ])("row 7: survives %s", (_, change) => {
    const peer = candidate();
    change(peer);
    expect(peer.node.role).not.toBe("candidate");
    expect(peer.node.status()).toMatchObject({ term: 2, vote: 1 });
    expect(peer.hardState).toEqual({ term: 2, vote: 1, commit: 0 });
  });

  test("row 7: survives a poll, and a leader that steps down for want of a quorum", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, checkQuorum: true });
    peer.node.campaign();
    peer.run();
    peer.take(message("MsgPreVoteResp", 2, 1, 1), message("MsgVoteResp", 2, 1, 1));
    peer.tick(ELECTION_TICKS);
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, vote: 1 });
    peer.node.campaign();
    peer.run();
    expect(peer.node.status()).toMatchObject({ role: "pre-candidate", term: 1, vote: 1 });
  });

  test.each([
    ["a vote request", message("MsgVote", 2, 1, 3, { index: at(0) }), NO_PEER],
    ["an answer", message("MsgAppResp", 2, 1, 3), NO_PEER],
    ["a heartbeat", heartbeatOf(2, 3), NO_PEER],
  ])("row 7: is cleared by %s of a higher term", (_, received, vote) => {
    const peer = new Peer(1, { ...THREE, log: [2], hardState: { term: 2, vote: 3 } });
    peer.take(received);
    expect(peer.hardState).toEqual({ term: 3, vote, commit: 0 });
  });
});

describe("what starts afresh", () => {
  test("row 9: votes of an earlier round do not count in the next", () => {
    const peer = new Peer(1, { voters: [1, 2, 3, 4, 5] });
    peer.node.campaign();
    peer.run();
    peer.take(message("MsgVoteResp", 2, 1, 1));
    peer.node.campaign();
    peer.run();
    peer.take(message("MsgVoteResp", 3, 1, 2));
    expect(peer.node.role).toBe("candidate");
    expect(peer.events.findLast(({ kind }) => kind === "votes-counted")).toMatchObject({
      granted: 2,
      rejected: 0,
    });
    peer.take(message("MsgVoteResp", 4, 1, 2));
    expect(peer.node.role).toBe("leader");
  });

  test("row 9: a new leader's first heartbeat comes a whole heartbeat period later", () => {
    const peer = new Peer(1, { ...THREE, heartbeatTicks: 3 });
    peer.win(2);
    expect(peer.tick(2)).toEqual([]);
    peer.take(heartbeatOf(2, 2));
    peer.win(2);
    expect(peer.tick(2)).toEqual([]);
    expect(peer.tick().map(({ type }) => type)).toEqual(["MsgHeartbeat", "MsgHeartbeat"]);
  });

  test("row 9: so does its first check of the quorum, and it counts as active itself", () => {
    const peer = new Peer(1, { voters: [1], learners: [2], checkQuorum: true });
    peer.tick(ELECTION_TICKS - 1);
    peer.win();
    peer.tick(3 * ELECTION_TICKS);
    expect(peer.node.status()).toMatchObject({ role: "leader", term: 1 });
    expect(peer.kinds).not.toContain("quorum-inactive");
  });

  test("row 9: a transfer does not outlive its leader's term, nor do acknowledged indexes", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 1, { index: at(1) }));
    peer.node.transferLeader(id(3));
    peer.run();
    peer.take(heartbeatOf(3, 2));
    expect(peer.node.status()).toMatchObject({ role: "follower", transferee: NO_PEER });
    peer.win(3);
    expect(peer.node.status().transferee).toBe(NO_PEER);
    expect(peer.node.progressOf(id(2))).toMatchObject({ match: 0, next: 2 });
    expect(peer.node.progressOf(id(1))).toMatchObject({ match: 2, next: 3 });
  });
});

describe("a snapshot message as a word of the leader", () => {
  const snap = (ofTerm: number) =>
    message("MsgSnap", 2, 1, ofTerm, { snapshot: snapshot(5, 1, confState([1, 2, 3])) });

  test.each([
    ["follower", false],
    ["pre-candidate", true],
    ["candidate", false],
  ])("rows 2, 3, 8: a %s of a lower or the same term follows its sender", (role, preVote) => {
    for (const ofTerm of [2, 9]) {
      const before = role === "candidate" ? 1 : 2;
      const peer = new Peer(1, { ...THREE, preVote, hardState: { term: before } });
      if (role !== "follower") {
        peer.node.campaign();
        peer.run();
      }
      expect([peer.node.role, peer.node.term]).toEqual([role, 2]);
      const sent = peer.take(snap(ofTerm));
      expect(sent.map(brief)).toEqual([`1->2 MsgAppResp term ${ofTerm} index 5`]);
      expect(peer.node.status()).toMatchObject({ role: "follower", term: ofTerm, leader: 2 });
    }
  });

  test("rows 2, 3: a leader of a lower term follows its sender", () => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 1 } });
    peer.win(2);
    peer.take(snap(9));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 9, leader: 2, commit: 5 });
  });

  test("row 4: of a lower term it changes nothing, and is not answered", () => {
    const peer = new Peer(1, {
      ...THREE,
      preVote: true,
      checkQuorum: true,
      hardState: { term: 3 },
    });
    const before = peer.node.status();
    expect(peer.take(snap(2))).toEqual([]);
    expect(peer.node.status()).toEqual(before);
    expect(peer.kinds.at(-1)).toBe("lower-term");
  });
});

describe("an answer to a leader of a lower term", () => {
  const low = (type: "MsgApp" | "MsgHeartbeat") =>
    message(type, 2, 1, 2, { entries: [entry(2, 1)], commit: at(1) });

  test.each(["MsgApp", "MsgHeartbeat"] as const)("row 5: %s is not taken", (type) => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, hardState: { term: 3 } });
    expect(peer.take(low(type))).toEqual([message("MsgAppResp", 1, 2, 3)]);
    expect(peer.node.status()).toMatchObject({ term: 3, leader: NO_PEER, commit: 0 });
    expect(peer.logTerms).toEqual([]);
    const silent = new Peer(1, { ...THREE, hardState: { term: 3 } });
    expect(silent.take(low(type))).toEqual([]);
  });

  test("row 5: it makes that leader step down, into the higher term", () => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 3));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 3, leader: NO_PEER });
  });
});
