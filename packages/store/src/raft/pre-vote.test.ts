import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  Cluster,
  ELECTION_TICKS,
  message,
  Peer,
  term,
} from "../../test/raft-fixture.ts";
import { NO_PEER } from "./ids.ts";

const THREE = { voters: [1, 2, 3] };

const preVote = (from: number, ofTerm: number, last: readonly [number, number] = [0, 0]) =>
  message("MsgPreVote", from, 1, ofTerm, { index: at(last[0]), logTerm: term(last[1]) });

describe("pre-vote", () => {
  test("row 33: a poll raises no term and casts no vote of the one who asks", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 2, vote: 3 } });
    const sent = peer.tick(ELECTION_TICKS);
    expect(sent.map(brief)).toEqual([
      "1->2 MsgPreVote term 3 index 0",
      "1->3 MsgPreVote term 3 index 0",
    ]);
    expect(peer.node.status()).toMatchObject({ role: "pre-candidate", term: 2, vote: 3 });
    expect(peer.hardState).toMatchObject({ term: 2, vote: 3 });
  });

  test.each([
    [3, [0, 0], "1->2 MsgPreVoteResp term 3 index 0"],
    [2, [0, 0], "1->2 MsgPreVoteResp term 2 index 0 reject"],
    [1, [0, 0], "1->2 MsgPreVoteResp term 2 index 0 reject"],
  ] as const)("rows 34, 35, 36: asked for term %d after a vote in 2", (asked, last, answer) => {
    const peer = new Peer(1, { ...THREE, hardState: { term: 2, vote: 3 } });
    expect(peer.take(preVote(2, asked, last)).map(brief)).toEqual([answer]);
  });

  test("row 15: a poll needs an up-to-date log too", () => {
    const peer = new Peer(1, { ...THREE, log: [2], hardState: { term: 2 } });
    expect(peer.take(preVote(2, 9, [1, 1])).map(brief)).toEqual([
      "1->2 MsgPreVoteResp term 2 index 0 reject",
    ]);
  });

  test("row 35: a refusal of a higher term ends the poll", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 2 } });
    peer.node.campaign();
    peer.run();
    peer.take(message("MsgPreVoteResp", 2, 1, 7, { reject: true }));
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 7 });
  });

  test("row 37: a won poll starts the election at once", () => {
    const peer = new Peer(1, { ...THREE, preVote: true, hardState: { term: 2 } });
    peer.node.campaign();
    peer.run();
    const sent = peer.take(message("MsgPreVoteResp", 2, 1, 3));
    expect(sent.map(brief)).toEqual(["1->2 MsgVote term 3 index 0", "1->3 MsgVote term 3 index 0"]);
    expect(peer.node.status()).toMatchObject({ role: "candidate", term: 3, vote: 1 });
  });

  test("row 38: a split vote resolves in a later round", () => {
    const cluster = new Cluster(3, { preVote: true });
    cluster.elect(1);
    cluster.isolate(1);
    cluster.node(2).campaign();
    cluster.node(3).campaign();
    // Both polls are won before either election is asked for, so both vote for themselves.
    const polls = [...cluster.peer(2).run(), ...cluster.peer(3).run()].filter(({ to }) => to !== 1);
    const answers = polls.flatMap((poll) => cluster.peers.get(poll.to)?.take(poll) ?? []);
    const asked = answers.flatMap((answer) => cluster.peers.get(answer.to)?.take(answer) ?? []);
    expect(asked.map(({ type }) => type)).toEqual(Array(4).fill("MsgVote"));
    cluster.settle(...asked);
    expect([cluster.roles[2], cluster.roles[3]]).not.toContain("leader");
    cluster.elect(2);
    expect([cluster.roles[2], cluster.roles[3]]).toEqual(["leader", "follower"]);
  });

  test("row 39: a mixed group does not deadlock", () => {
    // The third has no pre-vote yet and ran ahead in its term while it was cut off.
    const cluster = new Cluster(3, (raw) => ({ preVote: raw !== 3 }));
    cluster.elect(1);
    cluster.isolate(3);
    cluster.propose(1, "the third misses this");
    cluster.tick(3, 3 * ELECTION_TICKS);
    expect(cluster.node(3).term).toBe(4);
    cluster.heal();
    cluster.isolate(1);
    // The second polls for term 2, and learns from the refusal that terms have gone on.
    cluster.elect(2);
    cluster.elect(2);
    expect(cluster.roles[2]).toBe("leader");
    expect(cluster.roles[3]).toBe("follower");
  });

  test("row 39: one stuck ahead of the others while it is switched on frees itself", () => {
    const cluster = new Cluster(3, (raw) => ({ preVote: raw !== 3, checkQuorum: true }));
    cluster.elect(1);
    cluster.isolate(3);
    cluster.propose(1, "the third misses this");
    cluster.tick(3, 2 * ELECTION_TICKS);
    cluster.peer(3).restart({ preVote: true });
    cluster.heal();
    const ahead = cluster.node(3).term;
    expect(ahead).toBe(3);
    // Its polls are in vain, and the leader's term is too low for it.
    cluster.elect(3);
    expect([cluster.roles[1], cluster.roles[3]]).toEqual(["leader", "pre-candidate"]);
    // The answer to a heartbeat brings the leader into the higher term.
    cluster.tick(1);
    expect(cluster.node(1).status()).toMatchObject({ role: "follower", term: ahead });
    cluster.node(2).forgetLeader();
    cluster.elect(1);
    cluster.tick(1);
    expect(cluster.roles).toEqual({ 1: "leader", 2: "follower", 3: "follower" });
    expect(cluster.peer(3).logTerms).toEqual(cluster.peer(1).logTerms);
  });

  test("row 40: a partitioned peer that comes back does not disturb", () => {
    const cluster = new Cluster(3, { preVote: true, checkQuorum: true });
    cluster.elect(1);
    cluster.isolate(3);
    cluster.tick(3, 10 * ELECTION_TICKS);
    expect([cluster.node(3).term, cluster.roles[3]]).toEqual([1, "pre-candidate"]);
    cluster.heal();
    cluster.tick(1);
    expect(cluster.node(1).status()).toMatchObject({ role: "leader", term: 1 });
    expect(cluster.roles[3]).toBe("follower");
  });

  test("row 41: a pre-candidate is not bound by the leader it forgot", () => {
    const cluster = new Cluster(3, { preVote: true, checkQuorum: true });
    cluster.elect(1);
    cluster.isolate(1);
    cluster.tick(2, ELECTION_TICKS);
    // The third still hears its leader in its own time, the second polls in vain.
    expect(cluster.roles[2]).toBe("pre-candidate");
    expect(cluster.node(2).leader).toBe(NO_PEER);
    cluster.tick(3, ELECTION_TICKS);
    expect(cluster.roles[3]).toBe("leader");
  });

  test.each([
    [false, "MsgPreVoteResp"],
    [true, "MsgVoteResp"],
  ] as const)("row 42: answers to the other kind are ignored, pre-vote %s", (isPreVote, type) => {
    const peer = new Peer(1, { ...THREE, preVote: isPreVote, hardState: { term: 1 } });
    peer.node.campaign();
    peer.run();
    const { role } = peer.node;
    peer.take(...[2, 3].map((voter) => message(type, voter, 1, peer.node.term)));
    expect(peer.node.role).toBe(role);
  });
});
