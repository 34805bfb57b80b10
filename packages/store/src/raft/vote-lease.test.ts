import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  Cluster,
  ELECTION_TICKS,
  entry,
  message,
  Peer,
  type PeerOptions,
  term,
} from "../../test/raft-fixture.ts";
import { NO_CONTEXT, TRANSFER_CONTEXT } from "./message.ts";

const THREE = { voters: [1, 2, 3] };

const vote = (from: number, ofTerm: number, last: readonly [number, number] = [0, 0]) =>
  message("MsgVote", from, 1, ofTerm, { index: at(last[0]), logTerm: term(last[1]) });

describe("check-quorum: leases", () => {
  const follower = (config: PeerOptions = {}) => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, ...config });
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    return peer;
  };

  test.each(["MsgVote", "MsgPreVote"] as const)("row 46: in a lease %s is not answered", (type) => {
    const peer = follower();
    peer.tick(ELECTION_TICKS - 1);
    const ask = message(type, 3, 1, 2);
    expect(peer.take(ask)).toEqual([]);
    expect(peer.node.status()).toMatchObject({ term: 1, leader: 2 });
    expect(peer.events.at(-1)).toMatchObject({ kind: "vote-ignored-in-lease", remainingTicks: 1 });
  });

  test("row 47: it lasts the plain election timeout, not the drawn one", () => {
    const peer = follower({ random: () => 9 });
    peer.tick(ELECTION_TICKS);
    expect(peer.node.role).toBe("follower");
    expect(peer.take(vote(3, 2)).map(brief)).toEqual(["1->3 MsgVoteResp term 2 index 0"]);
  });

  test("row 46: a leader is in its own lease; without a leader or the switch there is none", () => {
    const leader = new Peer(1, { ...THREE, checkQuorum: true });
    leader.win(2);
    expect(leader.take(vote(3, 5, [9, 9]))).toEqual([]);
    const leaderless = new Peer(1, { ...THREE, checkQuorum: true });
    expect(leaderless.take(vote(3, 5))).toHaveLength(1);
    const unbound = new Peer(1, THREE);
    unbound.take(message("MsgHeartbeat", 2, 1, 1));
    expect(unbound.take(vote(3, 5))).toHaveLength(1);
  });

  test("row 46: a request of the own term is refused and not ignored", () => {
    expect(follower().take(vote(3, 1)).map(brief)).toEqual([
      "1->3 MsgVoteResp term 1 index 0 reject",
    ]);
  });

  test("row 52: a transfer overrides it", () => {
    const asked = message("MsgVote", 3, 1, 2, { context: TRANSFER_CONTEXT });
    expect(follower().take(asked).map(brief)).toEqual(["1->3 MsgVoteResp term 2 index 0"]);
  });

  test.each([false, true])("row 52: only a transfer asks for that, pre-vote %s", (preVote) => {
    const marksOf = (peer: Peer) => new Set(peer.run().map(({ context }) => context));
    const ordinary = follower({ preVote });
    ordinary.node.campaign();
    expect(marksOf(ordinary)).toEqual(new Set([NO_CONTEXT]));
    const transferee = follower({ preVote });
    transferee.node.step(message("MsgTimeoutNow", 2, 1, 1));
    expect(marksOf(transferee)).toEqual(new Set([TRANSFER_CONTEXT]));
  });

  test("row 48: a stuck candidate frees itself by its higher term", () => {
    const cluster = new Cluster(3, { checkQuorum: true });
    cluster.elect(1);
    cluster.isolate(3);
    cluster.propose(1, "the third misses this");
    cluster.tick(3, ELECTION_TICKS);
    cluster.tick(3, ELECTION_TICKS);
    expect(cluster.roles[3]).toBe("candidate");
    const stuckTerm = cluster.node(3).term;
    cluster.heal();
    // The leader's heartbeat meets the higher term and brings it home; a new election follows.
    cluster.tick(1);
    expect(cluster.node(1).status()).toMatchObject({ role: "follower", term: stuckTerm });
    cluster.elect(1);
    expect(cluster.roles).toEqual({ 1: "leader", 2: "follower", 3: "follower" });
    expect(cluster.peer(3).logTerms).toEqual(cluster.peer(1).logTerms);
  });

  test("row 49: a voter that may not campaign follows all the same", () => {
    const outsider = new Peer(1, { voters: [2, 3], checkQuorum: true });
    outsider.take(message("MsgApp", 2, 1, 1, { entries: [entry(1, 1)] }));
    outsider.tick(3 * ELECTION_TICKS);
    expect(outsider.node.status()).toMatchObject({ role: "follower", term: 1, leader: 2 });
    expect(outsider.logTerms).toEqual([1]);
  });
});

describe("votes withheld after a restart", () => {
  const restarted = (switchedOn = true) =>
    new Peer(1, { ...THREE, hardState: { term: 1 }, withholdVotesAfterRestart: switchedOn });

  test.each(["MsgVote", "MsgPreVote"] as const)(
    "beyond etcd: withheld votes: %s is not answered for a timeout",
    (type) => {
      const peer = restarted();
      peer.tick(ELECTION_TICKS - 1);
      expect(peer.take(message(type, 2, 1, 2))).toEqual([]);
      expect(peer.node.term).toBe(1);
      expect(peer.events.at(-1)).toMatchObject({ kind: "vote-withheld", remainingTicks: 1 });
      peer.tick();
      expect(peer.take(message(type, 2, 1, 3))).toHaveLength(1);
    },
  );

  test("beyond etcd: withheld votes: of the own term neither, but one given is given again", () => {
    expect(restarted().take(vote(2, 1))).toEqual([]);
    const voted = new Peer(1, {
      ...THREE,
      hardState: { term: 1, vote: 2 },
      withholdVotesAfterRestart: true,
    });
    expect(voted.take(vote(2, 1)).map(brief)).toEqual(["1->2 MsgVoteResp term 1 index 0"]);
    expect(voted.take(vote(3, 1))).toEqual([]);
    expect(voted.take(vote(2, 2))).toEqual([]);
    expect(voted.node.term).toBe(1);
  });

  test("beyond etcd: withheld votes: not in a transfer, with the switch off or without a past", () => {
    const transfer = message("MsgVote", 2, 1, 2, { context: TRANSFER_CONTEXT });
    expect(restarted().take(transfer)).toHaveLength(1);
    expect(restarted(false).take(vote(2, 2))).toHaveLength(1);
    const fresh = new Peer(1, { ...THREE, withholdVotesAfterRestart: true });
    expect(fresh.take(vote(2, 2))).toHaveLength(1);
  });
});
