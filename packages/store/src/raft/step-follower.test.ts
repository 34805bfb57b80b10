import { describe, expect, test } from "vitest";
import { brief, Cluster, ELECTION_TICKS, message, Peer } from "../../test/raft-fixture.ts";
import { NO_PEER } from "./ids.ts";

const THREE = { voters: [1, 2, 3] };

describe("forgetting the leader", () => {
  test.each([
    ["follower", THREE],
    ["learner", { voters: [2, 3], learners: [1] }],
  ])("row 155: a %s knows none then, in the same term, until it hears it again", (_, options) => {
    const peer = new Peer(1, options);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    peer.node.forgetLeader();
    expect(peer.node.status()).toMatchObject({ role: "follower", leader: NO_PEER, term: 1 });
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    expect(peer.node.leader).toBe(2);
  });

  test("row 156: the timer goes on", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    peer.tick(ELECTION_TICKS - 1);
    peer.node.forgetLeader();
    peer.tick();
    expect(peer.node.role).toBe("candidate");
  });

  test("row 156: a leader and a candidate have nothing to forget, nor who knows none", () => {
    const peer = new Peer(1, THREE);
    peer.node.forgetLeader();
    peer.node.campaign();
    peer.run();
    peer.node.forgetLeader();
    expect(peer.node.role).toBe("candidate");
    peer.take(message("MsgVoteResp", 2, 1, 1));
    peer.node.forgetLeader();
    expect([peer.node.role, peer.node.leader]).toEqual(["leader", 1]);
    expect(peer.kinds).not.toContain("leader-forgotten");
  });

  test.each(["MsgVote", "MsgPreVote"] as const)("row 157: %s is answered then", (type) => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, log: [1] });
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    const asked = message(type, 3, 1, 2);
    expect(peer.take(asked)).toEqual([]);
    peer.node.forgetLeader();
    // The log is checked all the same.
    const answer = type === "MsgVote" ? "MsgVoteResp term 2" : "MsgPreVoteResp term 1";
    expect(peer.take(asked).map(brief)).toEqual([`1->3 ${answer} index 0 reject`]);
  });

  test("row 157: so a quorum that forgot it elects another", () => {
    const cluster = new Cluster(3, { checkQuorum: true, preVote: true });
    cluster.elect(1);
    cluster.isolate(1);
    cluster.node(3).forgetLeader();
    cluster.elect(2);
    expect(cluster.roles[2]).toBe("leader");
  });

  test("row 158: not with lease-based reads, which trust it", () => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, readMode: "lease-based" });
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    peer.node.forgetLeader();
    expect(peer.node.leader).toBe(2);
    expect(peer.kinds.at(-1)).toBe("forget-leader-refused");
  });
});
