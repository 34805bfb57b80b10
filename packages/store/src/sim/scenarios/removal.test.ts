// Removal has an owner that asks until it is confirmed, and a store holds one peer of a region at
// most.
import {
  FIRST_EPOCH,
  keyFromText,
  type PeerId,
  type Route,
  toStoreId,
} from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { Hold } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { encodeCommand } from "../../operation/command.ts";
import {
  encodeConfChange,
  makeConfChange,
  makeEntry,
  makeMessage,
  NO_INDEX,
  NO_TERM,
} from "../../raft/index.ts";
import { TABLETS } from "../cluster/open-store.ts";
import { World, type WorldOptions } from "../world.ts";
import {
  addLearner,
  holdAppendsOf,
  holdMail,
  lead,
  livesOnDisk,
  peerOn,
  R1,
  untilEqual,
  untilGone,
} from "./script.ts";

function threeStores(seed: number, options: Partial<WorldOptions> = {}): World {
  const world = new World({ stores: 3, seed, ...options });
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  world.put(R1, "a", "value of a");
  return world;
}

/** Two voters, and on store 3 a learner that has its data. */
function withLearner(seed: number) {
  const world = new World({ stores: 3, seed });
  world.bootstrap([1, 2]);
  lead(world, R1, 1);
  const id = addLearner(world, R1, 3);
  world.until("the learner has its data", () => world.regionOn(3, R1) !== undefined);
  return { world, id };
}

/** Peers that the replica on a store still reminds, by what its disk says. */
function reminded(world: World, store: number): number[] {
  const own = world.tablets().find(({ name, store: at }) => at === store && name.regionId === R1);
  return (own?.meta.removedPeers ?? []).map(({ peerId }) => peerId);
}

test("a removed peer is told until it confirms, by the next leader, too, after a power cut", () => {
  const world = threeStores(1);
  const { id } = peerOn(world, R1, 1, 3);
  const cut = holdMail(world, { to: 3 });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.ticks(30);
  expect(reminded(world, 1)).toEqual([id]);
  lead(world, R1, 2);
  for (const store of [1, 2]) world.crashStore(store);
  for (const store of [1, 2]) world.restartStore(store);
  world.put(R1, "b", "later");
  world.ticks(10);
  expect(reminded(world, 2)).toEqual([id]);
  expect(world.lifeOn(3, R1)?.peerId).toBe(id);
  // All that was said so far is lost; what is said from now on arrives.
  cut.drop();
  cut.release();
  untilGone(world, R1, 3, id);
  world.until("nobody reminds it any more", () =>
    [1, 2].every((at) => !reminded(world, at).length),
  );
  untilEqual(world, R1, [1, 2]);
  world.finish();
});

test("a confirmation that got lost is given again", () => {
  const world = threeStores(2);
  const { id } = peerOn(world, R1, 1, 3);
  const confirms = holdMail(world, { to: 1, kinds: ["tombstone-confirm"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it is confirmed", () => confirms.held.length > 0);
  confirms.drop();
  confirms.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

test("a replica that its group forgot asks the placement driver when nobody leads it", () => {
  const world = threeStores(3);
  const { id } = peerOn(world, R1, 1, 3);
  const orders = holdMail(world, { to: 3 });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it is gone without having been told", () => world.lifeOn(3, R1) === undefined);
  expect(world.status(3).tombstones).toMatchObject([{ peerId: id }]);
  orders.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

test("one that applied its own removal asks, too, although it remembers a leader", () => {
  const world = threeStores(10);
  const { id } = peerOn(world, R1, 1, 3);
  const orders = holdMail(world, { to: 3, kinds: ["tombstone-order"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it knows", () => world.regionOn(3, R1)?.peers.length === 2);
  expect(world.replica(3, R1)?.raft?.leader).toBe(peerOn(world, R1, 1, 1).id);
  world.until("it is gone without having been told", () => world.lifeOn(3, R1) === undefined);
  orders.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

test("so does a learner that nobody speaks to any more", () => {
  const { world, id } = withLearner(11);
  world.ticks(10);
  const silence = holdMail(world, { to: 3 });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it is gone without having been told", () => world.lifeOn(3, R1) === undefined);
  silence.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

test("a learner that is spoken to never asks", () => {
  const { world, id } = withLearner(12);
  const questions = holdQuestions(world);
  world.ticks(400);
  expect(questions.held).toEqual([]);
  expect(world.lifeOn(3, R1)?.peerId).toBe(id);
  questions.release();
  world.finish();
});

test("one that had led answers whoever waits behind its removal as soon as it has applied it", () => {
  const world = threeStores(13);
  lead(world, R1, 3);
  const { id } = peerOn(world, R1, 3, 3);
  const cuts = [1, 2, 3].map((to) => holdMail(world, to === 3 ? { to } : { to, fromStore: 3 }));
  const { version } = FIRST_EPOCH;
  const waiting = ["b", "c", "d", "e"].map((key) => {
    const writes = [{ kind: "put" as const, key: keyFromText(key), value: Buffer.from("lost") }];
    const request = { kind: "write" as const, version, writes };
    return world.system.ask(world.store(3).gate, { kind: "client", regionId: R1, request });
  });
  world.until("somebody else leads", () => [1, 2].includes(world.leaderOf(R1) ?? 3));
  for (const cut of cuts) cut.drop();
  for (const cut of cuts) cut.release();
  const orders = holdMail(world, { to: 3, kinds: ["tombstone-order"] });
  untilApplied(world, 3);
  expect(waiting.at(-1)?.outcome).toBeUndefined();
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it knows", () => world.regionOn(3, R1)?.peers.length === 2);
  expect(waiting.map(({ outcome }) => outcome?.kind)).toEqual(Array(4).fill("reply"));
  expect(world.lifeOn(3, R1)?.peerId).toBe(id);
  orders.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

/** The replica on a store has applied what its leader has. */
function untilApplied(world: World, store: number): void {
  const appliedOn = (at: number) => world.replica(at, R1)?.appliedIndex;
  world.until(
    `store ${store} is up to date`,
    () => appliedOn(store) === appliedOn(world.mustLead(R1)),
  );
}

/** What replicas ask the placement driver when they have heard no leader for long. */
function holdQuestions(world: World): Hold {
  return world.system.hold(
    (pending) => pending.kind === "mail" && pending.message.kind === "region-by-id",
  );
}

test("a second peer of a region on one store is refused when it is proposed", () => {
  const world = threeStores(4);
  const before = world.replica(1, R1)?.raft;
  const peer = { id: world.newPeerId(), storeId: toStoreId(3), role: "learner" as const };
  world.order(R1, { kind: "add-learner", peer });
  world.ticks(5);
  expect(world.regionOn(1, R1)?.peers).toHaveLength(3);
  expect(world.replica(1, R1)?.raft).toMatchObject({ commit: before?.commit });
  world.finish();
});

test("and when it is applied, on every replica alike", () => {
  const world = threeStores(5);
  const region = world.regionOn(1, R1);
  assert(region !== undefined, "no leader");
  const peer = { id: world.newPeerId(), storeId: toStoreId(3), role: "learner" as const };
  const change = { kind: "add-learner" as const, peer };
  const context = encodeCommand({ kind: "membership", epoch: region.epoch, change });
  const single = { type: "add-learner-node" as const, nodeId: peer.id };
  const data = encodeConfChange(makeConfChange([single], "auto", context));
  // As a leader would have proposed it that did not look.
  const [from, to] = [peerOn(world, R1, 1, 2).id, peerOn(world, R1, 1, 1).id];
  const entries = [makeEntry(NO_TERM, NO_INDEX, "conf-change-v2", data)];
  const message = makeMessage({ type: "MsgProp", from, to, entries });
  const stores = { fromStore: toStoreId(2), toStore: toStoreId(1) };
  const { epoch } = region;
  const mail = { kind: "raft" as const, regionId: R1, ...stores, from, to, epoch, message };
  const { appliedIndex = 0 } = world.replica(1, R1) ?? {};
  world.system.tell(world.store(1).gate, { kind: "receive", mail });
  world.ticks(10);
  expect(world.replica(1, R1)?.appliedIndex).toBe(appliedIndex + 1);
  for (const store of [1, 2, 3]) expect(world.regionOn(store, R1)?.peers).toHaveLength(3);
  untilEqual(world, R1, [1, 2, 3]);
  const meta = world.tablets().find(({ store }) => store === 3)?.meta;
  expect(meta?.confState.learners).toEqual([]);
  world.finish();
});

/** Two voters, of which the second is removed; the leader has the change committed, and not yet in its log. */
function halfRemoved(seed: number) {
  const world = new World({ stores: 2, seed });
  world.bootstrap([1, 2]);
  lead(world, R1, 1);
  world.put(R1, "a", "value of a");
  world.ticks(10);
  const { id } = peerOn(world, R1, 1, 2);
  const acks = holdMail(world, { to: 1, kinds: ["MsgAppResp"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("the change is with both", () => acks.held.length > 0);
  const address = world.lifeOn(1, R1)?.address;
  assert(address !== undefined, "no leader");
  const log = holdAppendsOf(world, address);
  acks.release();
  world.until("the removed one knows", () => world.regionOn(2, R1)?.peers.length === 1);
  return { world, id, log };
}

test("who is left and has forgotten the removal by a power cut hears of it from the removed", () => {
  const { world, id, log } = halfRemoved(6);
  world.crashStore(1);
  log.drop();
  log.release();
  world.restartStore(1);
  world.put(R1, "b", "written by who is left");
  expect(world.regionOn(1, R1)?.peers).toHaveLength(1);
  untilGone(world, R1, 2, id);
  world.finish();
});

test("nobody is told of a removal that the leader could forget", () => {
  const { world, id, log } = halfRemoved(7);
  world.ticks(50);
  expect(world.lifeOn(2, R1)?.peerId).toBe(id);
  const route = world.answer(world.pd, { kind: "region-by-id", regionId: R1 }) as Route;
  expect(route.region.peers).toHaveLength(2);
  log.release();
  untilGone(world, R1, 2, id);
  world.finish();
});

/** As above, and the removed one, who knows nothing yet, asks for votes: its question is on its way. */
function halfRemovedPolls(seed: number, options: Partial<WorldOptions> = {}) {
  const world = new World({ stores: 2, seed, ...options });
  world.bootstrap([1, 2]);
  lead(world, R1, 1);
  world.put(R1, "a", "value of a");
  world.ticks(10);
  const { id } = peerOn(world, R1, 1, 2);
  const address = world.lifeOn(1, R1)?.address;
  assert(address !== undefined, "no leader");
  const polls = holdMail(world, { to: 1, kinds: ["MsgPreVote"] });
  const acks = holdMail(world, { to: 1, kinds: ["MsgAppResp"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("the change is with both", () => acks.held.length > 0);
  const silence = holdMail(world, { to: 2 });
  world.until("the removed one polls", () => polls.held.length > 0);
  const log = holdAppendsOf(world, address);
  acks.release();
  world.until("the leader has applied the change", () => !isMemberOn(world, 1, id));
  silence.drop();
  silence.release();
  polls.release();
  return { world, id, log };
}

function isMemberOn(world: World, store: number, peerId: PeerId): boolean {
  return world.regionOn(store, R1)?.peers.some(({ id }) => id === peerId) === true;
}

test("who polls hears nothing of its removal while the asked one could forget it", () => {
  const { world, id, log } = halfRemovedPolls(8);
  world.ticks(5);
  expect(world.lifeOn(2, R1)?.peerId).toBe(id);
  world.crashStore(1);
  log.drop();
  log.release();
  world.restartStore(1);
  world.put(R1, "b", "written by who is left");
  untilGone(world, R1, 2, id);
  world.finish();
});

test("who is left and has forgotten the removal leads again: the removed one is still there to vote", () => {
  // A tablet that had the removal durably would remember it.
  const { world, id, log } = halfRemovedPolls(15, { tuning: { flushMs: 60_000 } });
  world.ticks(5);
  world.crashStore(1);
  log.drop();
  log.release();
  world.restartStore(1);
  world.ticks(200);
  expect(world.leaderOf(R1)).toBe(1);
  untilGone(world, R1, 2, id);
  world.finish();
});

test("nor from a follower that could forget it", () => {
  const world = threeStores(14);
  const { id } = peerOn(world, R1, 1, 3);
  const address = world.lifeOn(2, R1)?.address;
  assert(address !== undefined, "no follower");
  const leader = holdMail(world, { to: 3, fromStore: 1 });
  const polls = holdMail(world, { to: 2, kinds: ["MsgPreVote"] });
  const acks = holdMail(world, { to: 1, fromStore: 2, kinds: ["MsgAppResp"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("the change is with the follower", () => acks.held.length > 0);
  world.until("the removed one polls", () => polls.held.length > 0);
  const log = holdAppendsOf(world, address);
  acks.release();
  world.until("the follower has applied the change", () => !isMemberOn(world, 2, id));
  polls.release();
  world.ticks(5);
  expect(world.replica(2, R1)?.counts).toMatchObject({ "from a removed peer": 1 });
  expect(world.lifeOn(3, R1)?.peerId).toBe(id);
  log.release();
  leader.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

test("who polls on hears of its removal as soon as nobody can forget it", () => {
  const { world, id, log } = halfRemovedPolls(8);
  world.ticks(5);
  expect(world.lifeOn(2, R1)?.peerId).toBe(id);
  log.release();
  untilGone(world, R1, 2, id);
  world.finish();
});

test("one that fails before its tombstone is durable keeps its data until then, power cut included", () => {
  // Unchecked at first: what is looked for is the damage, not that an oracle foresees it.
  const world = threeStores(16, { isChecked: false });
  const { id } = peerOn(world, R1, 1, 3);
  const address = world.lifeOn(3, R1)?.address;
  assert(address !== undefined, "no replica");
  const disk = world.system.hold(
    (one) => one.kind === "turn-end" && one.actor === "logActor" && one.host === "store-3",
  );
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.until("it is to end", () => world.lifeOn(3, R1)?.state === "ending");
  world.system.tell(address as never, { kind: "log-failed", code: "TEST", message: "poison" });
  world.ticks(1);
  // As when another replica's tablet comes: what was removed before stays so.
  world.disk(3).syncDirectory(TABLETS);
  world.crashStore(3);
  disk.drop();
  disk.release();
  world.restartStore(3);
  expect(world.status(3).damaged).toEqual([]);
  untilGone(world, R1, 3, id);
  expect(livesOnDisk(world, R1, 3)).toEqual([]);
  world.oracles.check();
  world.finish();
});
