import { describe, expect, test } from "vitest";
import {
  bytes,
  Cluster,
  confState,
  deepFreeze,
  id,
  Peer,
  type PeerOptions,
  snapshot,
} from "../../test/raft-fixture.ts";
import { makeConfChange } from "./conf-change.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { RaftNode } from "./raft-node.ts";
import type { Ready } from "./ready.ts";

/** Every Ready of a peer, beside a copy made when it was taken. */
function watch(peer: Peer): readonly (readonly [Ready, Ready])[] {
  const taken: [Ready, Ready][] = [];
  const { node } = peer;
  const take = node.ready.bind(node);
  node.ready = () => {
    const ready = take();
    taken.push([ready, structuredClone(ready)]);
    return ready;
  };
  return taken;
}

/** Elections, overwritten entries, proposals, reads, a snapshot, changes of membership. */
function liveThrough(options: PeerOptions) {
  const cluster = new Cluster(3, options);
  cluster.add(new Peer(4, { voters: [1, 2, 3], ...options }));
  const taken = [...cluster.peers.values()].map(watch);
  cluster.elect(1);
  cluster.propose(1, "a");
  cluster.isolate(1);
  cluster.propose(1, "to be overwritten");
  cluster.elect(2);
  cluster.propose(2, "b");
  cluster.heal();
  cluster.tick(2);
  cluster.node(3).readIndex(bytes("read"));
  const addFour = { type: "add-node", nodeId: id(4) } as const;
  const removeOne = { type: "remove-node", nodeId: id(1) } as const;
  cluster.node(2).proposeConfChange(makeConfChange([addFour, removeOne]));
  cluster.settle();
  const { storage, node } = cluster.peer(2);
  cluster.isolate(3);
  cluster.propose(2, "the third misses this");
  storage.keepSnapshot(snapshot(node.appliedIndex, node.term, confState([2, 3, 4])));
  storage.compact(node.appliedIndex);
  cluster.heal();
  cluster.tick(2);
  cluster.node(2).transferLeader(id(3));
  cluster.settle();
  expect(cluster.roles[3]).toBe("leader");
  return taken.flat();
}

describe.each([false, true])("asynchronous %s", (asyncStorageWrites) => {
  test("beyond etcd: frozen data: no core writes to what it took or gave", () => {
    const taken = liveThrough({ asyncStorageWrites });
    expect(taken.length).toBeGreaterThan(50);
    for (const [ready, copy] of taken) expect(ready).toEqual(copy);
  });

  test("beyond etcd: frozen data: it is plain, so that a copy by value is the same", () => {
    const taken = liveThrough({ asyncStorageWrites });
    const messages = taken.flatMap(([ready]) => ready.messages);
    expect(messages.length).toBeGreaterThan(50);
    for (const message of messages) expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });
});

test("beyond etcd: frozen data: the fixture freezes a value to its last part, but not bytes", () => {
  const peer = new Peer(1, { voters: [1] });
  peer.node.campaign();
  peer.handleReady();
  peer.node.propose(bytes("x"));
  const { entries } = peer.node.ready();
  expect(Object.isFrozen(entries) && entries.every((entry) => Object.isFrozen(entry))).toBe(true);
  expect(() => Object.assign(entries[0] ?? {}, { term: 9 })).toThrow(TypeError);
  const bytesOf = deepFreeze({ data: bytes("x") });
  expect(() => Object.assign(bytesOf, { data: null })).toThrow(TypeError);
  bytesOf.data[0] = 1;
  expect(bytesOf.data[0]).toBe(1);
});

test("beyond etcd: frozen data: the shared constants of the core cannot be written to", () => {
  const node = new RaftNode({
    id: id(1),
    storage: new MemoryStorage(),
    electionTicks: 10,
    heartbeatTicks: 1,
    random: () => 0,
  });
  const { entries, committedEntries } = node.ready();
  for (const shared of [entries, committedEntries]) expect(Object.isFrozen(shared)).toBe(true);
});
