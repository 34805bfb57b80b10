import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  Cluster,
  confState,
  ELECTION_TICKS,
  id,
  message,
  Peer,
  snapshot,
} from "../../test/raft-fixture.ts";
import { makeConfChange } from "./conf-change.ts";
import type { RaftNode } from "./raft-node.ts";

const THREE = { voters: [1, 2, 3] };

describe("the election timeout", () => {
  test.each([0, 4, 9])("row 29: a draw of %d lengthens the election timeout by as much", (draw) => {
    const peer = new Peer(1, { ...THREE, random: () => draw });
    peer.tick(ELECTION_TICKS + draw - 1);
    expect(peer.node.role).toBe("follower");
    peer.tick();
    expect(peer.node.role).toBe("candidate");
  });

  test("row 29: the draw is of one election timeout, once at each change of role", () => {
    const limits: number[] = [];
    const random = (exclusiveMax: number) => {
      limits.push(exclusiveMax);
      return 0;
    };
    const peer = new Peer(1, { ...THREE, random });
    expect(limits).toEqual([ELECTION_TICKS]);
    peer.win(2);
    expect(limits).toEqual([ELECTION_TICKS, ELECTION_TICKS, ELECTION_TICKS]);
  });

  test("row 63: contact resets the election timer", () => {
    const peer = new Peer(1, THREE);
    for (const type of ["MsgHeartbeat", "MsgApp"] as const) {
      peer.tick(ELECTION_TICKS - 1);
      peer.take(message(type, 2, 1, 1));
    }
    peer.tick(ELECTION_TICKS - 1);
    expect(peer.node.role).toBe("follower");
    peer.tick();
    expect(peer.node.role).toBe("candidate");
  });

  test("rows 134, 135: a learner has no election timeout, promoted it has", () => {
    const peer = new Peer(1, { voters: [2, 3], learners: [1] });
    peer.tick(4 * ELECTION_TICKS);
    expect(peer.node.role).toBe("follower");
    peer.node.applyConfChange({
      transition: "auto",
      changes: [{ type: "add-node", nodeId: id(1) }],
      context: null,
    });
    peer.tick();
    expect(peer.node.role).toBe("candidate");
  });

  test("an overridden timeout lasts until the next change of role", () => {
    const peer = new Peer(1, THREE);
    peer.node.overrideElectionTimeout(2);
    peer.tick(2);
    expect(peer.node.role).toBe("candidate");
    peer.tick(ELECTION_TICKS - 1);
    expect(peer.node.term).toBe(1);
    peer.tick();
    expect(peer.node.term).toBe(2);
  });
});

describe("heartbeats", () => {
  test("rows 74, 75: heartbeats go to every other peer, with what it is known to share", () => {
    const peer = new Peer(1, { ...THREE, heartbeatTicks: 2 });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 1, { index: at(1) }));
    expect(peer.tick()).toEqual([]);
    const sent = peer.tick();
    expect(sent.map(brief)).toEqual([
      "1->2 MsgHeartbeat term 1 index 0",
      "1->3 MsgHeartbeat term 1 index 0",
    ]);
    expect(sent.map(({ commit }) => commit)).toEqual([1, 0]);
    expect(sent.map(({ logTerm, entries }) => [logTerm, entries.length])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(peer.node.progressOf(id(3))?.sentCommit).toBe(0);
  });

  test("row 76: MsgBeat is for leaders", () => {
    const peer = new Peer(1, THREE);
    expect(peer.node.step(message("MsgBeat", 1, 1, 0))).toBe("local-message");
    expect(peer.tick()).toEqual([]);
  });
});

describe("the check of the quorum", () => {
  const leader = () => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true });
    peer.win(2);
    return peer;
  };

  test("row 44: without a quorum the leader steps down after an election timeout", () => {
    const peer = leader();
    peer.tick(ELECTION_TICKS - 1);
    expect(peer.node.role).toBe("leader");
    const sent = peer.tick();
    expect(peer.node.status()).toMatchObject({ role: "follower", term: 1, leader: 0, vote: 1 });
    expect(sent).toEqual([]);
    expect(peer.kinds).toContain("quorum-inactive");
  });

  test.each(["MsgAppResp", "MsgHeartbeatResp"] as const)(
    "rows 43, 51: %s of a quorum keeps the leader",
    (type) => {
      const peer = leader();
      for (let period = 0; period < 3; period++) {
        peer.tick(ELECTION_TICKS - 1);
        peer.take(message(type, 3, 1, 1));
        peer.tick();
        expect(peer.node.role).toBe("leader");
      }
    },
  );

  test("row 51: a refusal is a sign of life, too", () => {
    const peer = leader();
    peer.take(message("MsgAppResp", 3, 1, 1, { reject: true, index: at(9) }));
    peer.tick(ELECTION_TICKS);
    expect(peer.node.role).toBe("leader");
  });

  test("row 45: one answer counts for one period", () => {
    const peer = leader();
    peer.take(message("MsgHeartbeatResp", 3, 1, 1));
    peer.tick(ELECTION_TICKS);
    expect(peer.node.role).toBe("leader");
    expect(peer.node.progressOf(id(3))?.isRecentlyActive).toBe(false);
    expect(peer.node.progressOf(id(1))?.isRecentlyActive).toBe(true);
    peer.tick(ELECTION_TICKS);
    expect(peer.node.role).toBe("follower");
  });

  test("row 45: without the switch nobody checks, and nobody forgets", () => {
    const peer = new Peer(1, THREE);
    peer.win(2);
    peer.take(message("MsgHeartbeatResp", 3, 1, 1));
    peer.tick(3 * ELECTION_TICKS);
    expect(peer.node.role).toBe("leader");
    expect(peer.node.progressOf(id(3))?.isRecentlyActive).toBe(true);
  });

  test("row 50: a peer added just before the check counts as active", () => {
    const cluster = new Cluster(1, { checkQuorum: true });
    cluster.elect(1);
    cluster.node(1).applyConfChange({
      transition: "auto",
      changes: [{ type: "add-node", nodeId: id(2) }],
      context: null,
    });
    cluster.tick(1, ELECTION_TICKS);
    expect(cluster.roles[1]).toBe("leader");
    cluster.tick(1, ELECTION_TICKS);
    expect(cluster.roles[1]).toBe("follower");
  });
});

describe("a tick says whether there is work", () => {
  test("beyond etcd: answer of a tick: a follower's has no work until its timeout", () => {
    const { node } = new Peer(1, THREE);
    for (let i = 1; i < ELECTION_TICKS; i++) expect(node.tick()).toBe(false);
    expect(node.tick()).toBe(true);
  });

  test("beyond etcd: answer of a tick: a leader's has work at each heartbeat", () => {
    const peer = new Peer(1, { ...THREE, heartbeatTicks: 3 });
    peer.win(2);
    expect([peer.node.tick(), peer.node.tick(), peer.node.tick()]).toEqual([false, false, true]);
  });

  test("beyond etcd: answer of a tick: a single voter's never has work", () => {
    const peer = new Peer(1, { voters: [1] });
    peer.win();
    for (let i = 0; i < 3 * ELECTION_TICKS; i++) expect(peer.node.tick()).toBe(false);
  });

  test("beyond etcd: answer of a tick: what waits for a Ready is work until it is taken", () => {
    const { node } = new Peer(1, THREE);
    node.step(message("MsgHeartbeat", 2, 1, 1));
    expect([node.tick(), node.tick()]).toEqual([true, true]);
    node.ready();
    expect(node.tick()).toBe(false);
  });

  test("beyond etcd: answer of a tick: a leader that steps down has work", () => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, heartbeatTicks: ELECTION_TICKS - 1 });
    peer.win(2);
    const answers = Array.from({ length: ELECTION_TICKS }, () => {
      const isWork = peer.node.tick();
      peer.run();
      return isWork;
    });
    expect(answers).toEqual([...Array(ELECTION_TICKS - 2).fill(false), true, true]);
    expect(peer.node.role).toBe("follower");
  });

  const leading = () => {
    const peer = new Peer(1, { ...THREE, heartbeatTicks: 9 });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 1, { index: at(1) }));
    return peer;
  };
  const following = () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 1));
    return peer;
  };
  const uninitialised = () => new Peer(1, {});
  const addFour = makeConfChange([{ type: "add-node", nodeId: id(4) }]);

  test.each<[string, () => Peer, (node: RaftNode) => unknown]>([
    ["a message", leading, (node) => node.step(message("MsgAppResp", 3, 1, 1, { index: at(1) }))],
    ["a campaign", following, (node) => node.campaign()],
    ["a proposal", leading, (node) => node.propose(new Uint8Array(1))],
    ["a proposed change", leading, (node) => node.proposeConfChange(addFour)],
    ["an applied change", leading, (node) => node.applyConfChange(addFour)],
    ["a read", leading, (node) => node.readIndex(new Uint8Array(1))],
    ["a transfer", leading, (node) => node.transferLeader(id(2))],
    ["a forgotten leader", following, (node) => node.forgetLeader()],
    [
      "a first state",
      uninitialised,
      (node) => node.initialise(snapshot(5, 5, confState([1, 2, 3]))),
    ],
  ])("beyond etcd: answer of a tick: %s is work after a tick without", (_, start, put) => {
    const { node } = start();
    expect([node.hasReady(), node.tick()]).toEqual([false, false]);
    put(node);
    expect([node.tick(), node.hasReady()]).toEqual([true, true]);
  });

  test("beyond etcd: answer of a tick: what follows from an advance is work", () => {
    const { node } = new Peer(1, { voters: [1] });
    node.campaign();
    node.ready();
    expect(node.tick()).toBe(false);
    node.advance();
    expect([node.role, node.tick()]).toEqual(["leader", true]);
  });

  test("beyond etcd: answer of a tick: an input that changes nothing is no work", () => {
    const { node } = leading();
    node.reportUnreachable(id(3));
    node.reportSnapshot(id(3), true);
    expect(node.tick()).toBe(false);
  });
});
