import { describe, expect, test } from "vitest";
import { at, brief, bytes, id, message, Peer } from "../../test/raft-fixture.ts";

const ack = (index: number) => message("MsgAppResp", 2, 1, 1, { index: at(index) });
const beatAck = message("MsgHeartbeatResp", 2, 1, 1);

/** A leader with `count` appends under way to its only other peer, as entries 2 and on. */
function sending(count: number): Peer {
  const peer = new Peer(1, { voters: [1, 2] });
  peer.win(2);
  peer.take(ack(1));
  for (let sent = 0; sent < count; sent++) {
    peer.node.propose(bytes("x"));
    peer.run();
  }
  return peer;
}

function window(peer: Peer) {
  const flow = peer.node.progressOf(id(2))?.flow;
  if (flow?.state !== "replicate") throw new Error("the peer does not replicate");
  return { count: flow.inflights.count, capacity: flow.inflights.capacity };
}

describe("the window of an idle peer", () => {
  test("beyond etcd: freed buffers: it is given back at the first heartbeat's answer", () => {
    const peer = sending(3);
    expect(window(peer)).toEqual({ count: 3, capacity: 4 });
    peer.take(ack(4));
    expect(window(peer)).toEqual({ count: 0, capacity: 4 });
    expect(peer.take(beatAck)).toEqual([]);
    expect(window(peer)).toEqual({ count: 0, capacity: 0 });
    peer.node.propose(bytes("x"));
    expect(peer.run().map(brief)).toEqual(["1->2 MsgApp term 1 index 4"]);
    expect(window(peer)).toEqual({ count: 1, capacity: 1 });
  });

  test("beyond etcd: freed buffers: it stays while the peer has not everything", () => {
    const peer = sending(3);
    peer.take(ack(3), beatAck);
    expect(window(peer)).toEqual({ count: 1, capacity: 4 });
  });
});
