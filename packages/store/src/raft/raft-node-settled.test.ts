import { describe, expect, test } from "vitest";
import { bytes, confState, id, message, Peer, snapshot } from "../../test/raft-fixture.ts";
import { makeConfChange } from "./conf-change.ts";

const THREE = { voters: [1, 2, 3] };
const ADD_FOUR = makeConfChange([{ type: "add-node", nodeId: id(4) }]);

function follower(): Peer {
  const peer = new Peer(1, THREE);
  peer.take(message("MsgHeartbeat", 2, 1, 1));
  return peer;
}

function leader(): Peer {
  const peer = new Peer(1, THREE);
  peer.win(2);
  for (const from of [2, 3])
    peer.take(message("MsgAppResp", from, 1, 1, { index: peer.node.lastIndex }));
  return peer;
}

type Input = readonly [what: string, from: () => Peer, put: (peer: Peer) => unknown];

const INPUTS: readonly Input[] = [
  ["a message", follower, ({ node }) => node.step(message("MsgHeartbeat", 2, 1, 1))],
  ["a campaign", follower, ({ node }) => node.campaign()],
  ["a proposal", leader, ({ node }) => node.propose(bytes("x"))],
  ["several proposals", leader, ({ node }) => node.proposeAll([bytes("x"), bytes("y")])],
  ["a proposed change of membership", leader, ({ node }) => node.proposeConfChange(ADD_FOUR)],
  ["an applied change of membership", leader, ({ node }) => node.applyConfChange(ADD_FOUR)],
  ["a read", leader, ({ node }) => node.readIndex(bytes("r"))],
  ["a transfer", leader, ({ node }) => node.transferLeader(id(2))],
  ["a transfer that is forwarded", follower, ({ node }) => node.transferLeader(id(2))],
  ["a forgotten leader", follower, ({ node }) => node.forgetLeader()],
  [
    "a first state",
    () => new Peer(1),
    ({ node }) => node.initialise(snapshot(5, 5, confState([1, 2, 3]))),
  ],
];

describe("a node that has settled sees every input", () => {
  test.each(INPUTS)("%s", (_what, from, put) => {
    const peer = from();
    expect(peer.node.hasReady()).toBe(false);
    expect(peer.node.tick()).toBe(peer.node.isLeader);
    peer.run();
    expect(peer.node.hasReady()).toBe(false);
    put(peer);
    expect(peer.node.hasReady()).toBe(true);
    expect(peer.node.ready()).toBeDefined();
  });

  test("the end of a snapshot's sending, and a peer that cannot be reached", () => {
    const peer = leader();
    peer.node.propose(bytes("x"));
    peer.run();
    expect(peer.node.hasReady()).toBe(false);
    peer.node.reportUnreachable(id(2));
    expect(peer.node.progressOf(id(2))?.flow.state).toBe("probe");
    peer.node.reportSnapshot(id(2), true);
    expect(peer.node.hasReady()).toBe(false);
  });

  test("what it tells itself when a Ready was handled", () => {
    const peer = new Peer(1, { voters: [1] });
    peer.node.campaign();
    const ready = peer.node.ready();
    expect(peer.node.hasReady()).toBe(false);
    peer.persist(ready);
    peer.node.advance();
    expect(peer.node.hasReady()).toBe(true);
    expect(peer.node.isLeader).toBe(true);
  });

  test("a tick that times out, and none before it", () => {
    const peer = follower();
    peer.node.overrideElectionTimeout(3);
    expect([peer.node.tick(), peer.node.tick(), peer.node.tick()]).toEqual([false, false, true]);
    expect(peer.node.role).toBe("candidate");
  });

  test("a leader that loses its quorum between two heartbeats", () => {
    const peer = new Peer(1, { ...THREE, checkQuorum: true, electionTicks: 5, heartbeatTicks: 4 });
    peer.win(2);
    peer.take(message("MsgAppResp", 2, 1, 1, { index: peer.node.lastIndex }));
    peer.tick(5);
    const ticks = Array.from({ length: 5 }, () => {
      const hasWork = peer.node.tick();
      peer.run();
      return hasWork;
    });
    // The fourth since the last heartbeat is one; with the fifth its period ends.
    expect(ticks).toEqual([false, false, true, false, true]);
    expect(peer.node.role).toBe("follower");
  });
});

test("a settled node still has what it was told while a Ready was out", () => {
  const peer = leader();
  peer.node.propose(bytes("x"));
  const ready = peer.node.ready();
  peer.node.propose(bytes("y"));
  peer.persist(ready);
  peer.node.advance();
  expect(peer.node.hasReady()).toBe(true);
  expect(peer.node.ready().entries.map(({ data }) => data)).toEqual([bytes("y")]);
});
