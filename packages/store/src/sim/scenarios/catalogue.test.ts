// The catalogue of lifecycle bugs that other multi-Raft systems had, as orders of events that must
// not hurt: each test names the report that it re-enacts.
import { toPeerId, toRegionId } from "@multiraft/pd/protocol";
import { assert, sameAddress } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import type { RecoveredLog } from "../../log/log-mail.ts";
import { type MessageType, makeMessage } from "../../raft/index.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import { World } from "../world.ts";
import {
  addLearner,
  holdAppendsOf,
  holdMail,
  lead,
  livesOnDisk,
  peerOn,
  placeAgain,
  R1,
  splitFirst,
  untilEqual,
  untilGone,
} from "./script.ts";

/** Store 3 is slow to apply a split whose child a message has made there; no snapshot comes. */
function lateSplit(seed: number) {
  const world = new World({ stores: 3, seed });
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);
  const appends = holdMail(world, { to: 3, regionId: R1, kinds: ["MsgApp"] });
  const offers = holdMail(world, { to: 3, kinds: ["snapshot-offer"] });
  const child = splitFirst(world, "m");
  world.until("the child is made", () => world.lifeOn(3, child)?.address !== undefined);
  world.ticks(5);
  const { id: childPeer } = peerOn(world, child, 1, 3);
  return { world, appends, offers, child, childPeer };
}

function remove(world: World, regionId: typeof R1, store: number) {
  const leader = world.mustLead(regionId);
  const { id: peerId } = peerOn(world, regionId, leader, store);
  world.order(regionId, { kind: "remove-peer", peerId });
  return peerId;
}

function expectWhole(world: World, child: typeof R1): void {
  untilEqual(world, child, [1, 2, 3]);
  untilEqual(world, R1, [1, 2, 3]);
  expect(world.get(child, "n")).toBe("value of n");
  expect(world.get(R1, "a")).toBe("value of a");
  expect(world.system.thrown).toEqual([]);
  world.finish();
}

/** As if `from` had sent it to the replica on a store. */
function raftMail(
  type: MessageType,
  to: { readonly store: number; readonly peerId: number },
  from: { readonly store: number; readonly peerId: number; readonly confVer: number },
  fields: { readonly term: number; readonly index?: number; readonly logTerm?: number },
  regionId = R1,
): RegionMail {
  const [fromId, toId] = [toPeerId(from.peerId), toPeerId(to.peerId)];
  return {
    kind: "raft",
    regionId,
    fromStore: from.store as never,
    toStore: to.store as never,
    from: fromId,
    to: toId,
    epoch: { version: 1, confVer: from.confVer },
    message: makeMessage({ type, from: fromId, to: toId, ...fields } as never),
  };
}

function receive(world: World, store: number, mail: RegionMail): void {
  world.system.tell(world.store(store).gate, { kind: "receive", mail });
  world.settle();
}

test("C-03: an order to end that waits at the first child does not end its successor", () => {
  const { world, appends, offers, child, childPeer } = lateSplit(18_309);
  const first = world.lifeOn(3, child)?.address;
  assert(first !== undefined, "no child");
  world.system.holdMail(first, ["tombstone-order"]);
  remove(world, child, 3);
  world.ticks(15);
  appends.release();
  world.ticks(5);
  world.system.releaseMail(first);
  offers.release();
  untilGone(world, child, 3, childPeer);
  placeAgain(world, child, 3);
  expectWhole(world, child);
});

test("C-04: a child that ends while the split is being recorded stays ended", () => {
  const { world, appends, offers, child, childPeer } = lateSplit(12_368);
  const { registry } = world.store(3);
  // The registry has decided that the split owes the child; its record is on the way to the log.
  const records = holdAppendsOf(world, registry);
  appends.release();
  world.until("the split waits for its record", () => records.held.length > 0);
  remove(world, child, 3);
  world.ticks(15);
  records.release();
  offers.release();
  untilGone(world, child, 3, childPeer);
  world.ticks(30);
  expect(livesOnDisk(world, child, 3)).toEqual([]);
  expect(world.status(3).pendingSplitChildren).toBe(0);
  placeAgain(world, child, 3);
  expectWhole(world, child);
});

describe("C-05: a split that is applied last finds newer history of its child", () => {
  test("the child had its snapshot: it keeps it", () => {
    const { world, appends, offers, child } = lateSplit(8_084);
    offers.release();
    world.until("the snapshot is in", () => world.regionOn(3, child) !== undefined);
    world.put(child, "n", "newer");
    world.ticks(10);
    const life = world.lifeOn(3, child)?.life;
    appends.release();
    world.ticks(20);
    expect(world.lifeOn(3, child)?.life).toBe(life);
    expect(world.get(child, "n")).toBe("newer");
    untilEqual(world, child, [1, 2, 3]);
    world.finish();
  });

  test("the child came, went, and came again: the later one stays", () => {
    const { world, appends, offers, child, childPeer } = lateSplit(8_085);
    offers.release();
    world.until("the snapshot is in", () => world.regionOn(3, child) !== undefined);
    remove(world, child, 3);
    untilGone(world, child, 3, childPeer);
    const later = placeAgain(world, child, 3);
    appends.release();
    world.ticks(20);
    expect(world.lifeOn(3, child)?.peerId).toBe(later);
    expect(world.status(3).pendingSplitChildren).toBe(0);
    expectWhole(world, child);
  });
});

test("C-06: a child that the split skips leaves nothing behind in the registry", () => {
  const { world, appends, offers, child, childPeer } = lateSplit(8_783);
  offers.drop();
  remove(world, child, 3);
  untilGone(world, child, 3, childPeer);
  appends.release();
  world.until("the parent is split", () => (world.regionOn(3, R1)?.epoch.version ?? 0) > 1);
  world.ticks(10);
  const { lives, pendingSplitChildren, refusals } = world.status(3);
  expect(lives.map(({ regionId }) => regionId)).toEqual([R1]);
  expect(pendingSplitChildren).toBe(0);
  expect(refusals["split-child: peer-id-ended"]).toBe(1);
  offers.release();
  world.finish();
});

test("C-07: the data of a removed replica go late, and take nothing of the next one's", () => {
  const world = new World({ stores: 3, seed: 17_258 });
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  world.put(R1, "a", "value of a");
  const child = splitFirst(world, "m");
  world.put(child, "n", "value of n");
  lead(world, child, 1);
  world.until("the child is everywhere", () => world.regionOn(3, child) !== undefined);
  const removal = world.system.hold(
    (one) => one.kind === "perform-start" && one.name === "remove tablets",
  );
  remove(world, child, 3);
  world.until("the removal waits", () => removal.held.length > 0);
  const id = addLearner(world, child, 3);
  world.ticks(30);
  removal.release();
  world.until("the later one has its data", () => world.lifeOn(3, child)?.peerId === id);
  world.until("all of it", () => world.regionOn(3, child) !== undefined);
  world.order(child, { kind: "promote-learner", peerId: id });
  expectWhole(world, child);
});

describe("C-30: the tombstone of a replica without data keeps the floor of the one before", () => {
  test("who was removed twice over is not called back by a member that knows neither", () => {
    const world = new World({ stores: 4, seed: 10_533 });
    world.bootstrap([1, 2, 3]);
    for (const id of [4]) world.answer(world.pd, { kind: "put-store", storeId: id as never });
    lead(world, R1, 2);
    // Store 1 is cut off; the others replace the peer on store 3, and try another there in vain.
    const cut = world.system.hold(
      (one) =>
        one.kind === "mail" &&
        one.actor === "gateActor" &&
        one.message.kind === "receive" &&
        (one.host === "store-1" ||
          (one.from !== undefined && sameAddress(one.from, world.store(1).gate))),
    );
    placeAgain(world, R1, 4);
    const gone = remove(world, R1, 3);
    untilGone(world, R1, 3, gone);
    const offers = holdMail(world, { to: 3, kinds: ["snapshot-offer"] });
    const learner = addLearner(world, R1, 3);
    world.until("the learner is made", () => world.lifeOn(3, R1)?.peerId === learner);
    world.order(R1, { kind: "remove-peer", peerId: learner });
    untilGone(world, R1, 3, learner);
    offers.drop();

    const vote = { term: 90, index: 100, logTerm: 80 };
    const from = { store: 1, peerId: 101, confVer: 1 };
    receive(world, 3, raftMail("MsgVote", { store: 3, peerId: gone }, from, vote));
    expect(world.lifeOn(3, R1)).toBeUndefined();
    world.crashStore(3);
    world.restartStore(3);
    receive(world, 3, raftMail("MsgVote", { store: 3, peerId: gone }, from, vote));
    receive(world, 3, raftMail("MsgVote", { store: 3, peerId: learner }, from, vote));
    expect(world.lifeOn(3, R1)).toBeUndefined();
    expect(world.status(3).refusals["peer-id-ended"]).toBe(2);
    const tombstone = world.status(3).tombstones.find(({ regionId }) => regionId === R1);
    expect(tombstone?.peerId).toBe(learner);
    cut.drop();
    cut.release();
    world.finish();
  });
});

describe("C-32: the vote of a replica without data is durable before it is answered", () => {
  const region = toRegionId(77);
  const one = { store: 1, peerId: 701, confVer: 1 };
  const two = { store: 2, peerId: 702, confVer: 1 };
  const voter = { store: 3, peerId: 703 };

  function votesFor(world: World, candidate: typeof one): boolean | undefined {
    let isGranted: boolean | undefined;
    world.system.lookOn({
      handling: ({ actor, message }) => {
        const { kind, mail } = message as { kind: string; mail?: RegionMail };
        if (actor !== "gateActor" || kind !== "send" || mail?.kind !== "raft") return;
        if (mail.message.type === "MsgVoteResp" && mail.to === candidate.peerId)
          isGranted = !mail.message.reject;
      },
    });
    const fields = { term: 6, index: 5, logTerm: 5 };
    receive(world, 3, raftMail("MsgVote", voter, candidate, fields, region));
    world.ticks(2);
    return isGranted;
  }

  test("a second candidate of the term is refused after a power cut", () => {
    const world = new World({ stores: 3, seed: 3_572 });
    expect(votesFor(world, one)).toBe(true);
    world.crashStore(3);
    world.restartStore(3);
    expect(world.lifeOn(3, region)?.peerId).toBe(voter.peerId);
    // Beyond the time in which nobody is granted a vote after a start.
    world.ticks(15);
    expect(votesFor(world, two)).not.toBe(true);
    expect(world.replica(3, region)?.raft).toMatchObject({ term: 6, vote: one.peerId });
    world.finish();
  });

  test("no answer leaves before the vote is durable", () => {
    const world = new World({ stores: 3, seed: 3_573 });
    const commits = world.system.hold(
      (pending) => pending.kind === "turn-end" && pending.actor === "logActor",
    );
    expect(votesFor(world, one)).toBeUndefined();
    commits.release();
    world.settle();
    world.finish();
  });
});

function lastIndexOn(world: World, store: number): number | undefined {
  const { lives } = world.answer(world.store(store).log, { kind: "recover" }) as RecoveredLog;
  return lives.find(({ regionId }) => regionId === R1)?.lastIndex;
}

describe("C-41, C-42, C-43: notices of durability belong to one incarnation", () => {
  test("the split meets the child that a message has made, whose own append is on its way", () => {
    const { world, appends, offers, child } = lateSplit(9_388);
    const first = world.lifeOn(3, child)?.address;
    assert(first !== undefined, "no child");
    const own = holdAppendsOf(world, first);
    appends.release();
    world.ticks(10);
    // The same actor: what it hands in is numbered on, and every notice finds what it stands for.
    expect(world.lifeOn(3, child)?.address).toEqual(first);
    own.release();
    offers.release();
    expectWhole(world, child);
  });

  test("a notice for an actor that failed reaches nobody, and its late append changes nothing", () => {
    const world = new World({ stores: 3, seed: 18_405 });
    world.bootstrap([1, 2, 3]);
    lead(world, R1, 1);
    world.put(R1, "a", "value of a");
    world.ticks(10);
    const first = world.lifeOn(3, R1)?.address;
    assert(first !== undefined, "no replica");
    const late = holdAppendsOf(world, first);
    world.put(R1, "b", "value of b");
    expect(late.held.length).toBeGreaterThan(0);
    const appends = holdMail(world, { to: 3, regionId: R1, kinds: ["MsgApp"] });
    const poison = { kind: "log-failed" as const, code: "TEST", message: "poison" };
    world.system.tell(first, poison);
    world.settle();
    world.until("it is opened again", () => {
      const address = world.lifeOn(3, R1)?.address;
      return address !== undefined && !sameAddress(address, first);
    });
    const before = lastIndexOn(world, 3);
    late.release();
    world.settle();
    expect(lastIndexOn(world, 3)).toBe(before);
    appends.release();
    world.put(R1, "c", "value of c");
    untilEqual(world, R1, [1, 2, 3]);
    expect(world.status(3).refusals["replica-failed"]).toBe(1);
    expect(world.status(3).damaged).toEqual([]);
    world.finish();
  });
});

test("C-80, C-81: the split keeps the term and the vote of the child that it finds", () => {
  const { world, appends, offers, child, childPeer } = lateSplit(7_600);
  const { id: candidate } = peerOn(world, child, 1, 2);
  const version = { store: 2, peerId: candidate, confVer: 1 };
  // Long after it has last heard from its leader.
  const quiet = holdMail(world, { to: 3, regionId: child });
  world.ticks(25);
  const vote = { term: 40, index: 90, logTerm: 39 };
  receive(world, 3, raftMail("MsgVote", { store: 3, peerId: childPeer }, version, vote, child));
  expect(quiet.held.length).toBeGreaterThan(0);
  const [request] = quiet.held.slice(-1);
  quiet.release((pending) => pending === request);
  world.settle();
  expect(world.replica(3, child)?.raft).toMatchObject({ term: 40, vote: candidate });
  appends.release();
  world.until("the split brings the data", () => world.regionOn(3, child) !== undefined);
  expect(world.replica(3, child)?.raft).toMatchObject({ term: 40, vote: candidate });
  const recovered = world.answer(world.store(3).log, { kind: "recover" }) as RecoveredLog;
  const life = recovered.lives.find(({ regionId }) => regionId === child);
  expect(life?.hardState).toMatchObject({ term: 40, vote: candidate });
  quiet.release();
  offers.release();
  expectWhole(world, child);
});

test("C-89: members that were removed while one was away give it no quorum, power cut included", () => {
  const world = new World({ stores: 5, seed: 1_262 });
  world.bootstrap([1, 2, 3, 4, 5]);
  lead(world, R1, 1);
  world.put(R1, "a", "value of a");
  const gone = [3, 4].map((store) => {
    const peerId = remove(world, R1, store);
    untilGone(world, R1, store, peerId);
    return { store, peerId };
  });
  for (const { store } of gone) {
    world.crashStore(store);
    world.restartStore(store);
  }
  const from = { store: 5, peerId: 105, confVer: 1 };
  for (const to of gone) {
    receive(world, to.store, raftMail("MsgVote", to, from, { term: 90, index: 99, logTerm: 80 }));
    expect(world.lifeOn(to.store, R1)).toBeUndefined();
  }
  world.finish();
});
