// Replicas whose actor fails, stores that start in the middle of something, and what is on its way
// then.
import { toPeerId, toRegionId } from "@multiraft/pd/protocol";
import { assert, sameAddress } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import type { RegionMail } from "../../transport/region-mail.ts";
import { ScriptedDisk } from "../scripted-disk.ts";
import { World, type WorldOptions } from "../world.ts";
import {
  addLearner,
  holdFor,
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
  for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);
  return world;
}

function fail(world: World, store: number): void {
  const address = world.lifeOn(store, R1)?.address;
  assert(address !== undefined, "no replica to fail");
  world.system.tell(address, { kind: "log-failed", code: "TEST", message: "poison" });
  world.settle();
}

describe("a replica whose actor fails", () => {
  test("is opened again with all it had, as the same life", () => {
    const world = threeStores(1);
    const before = world.lifeOn(3, R1);
    fail(world, 3);
    const after = world.lifeOn(3, R1);
    expect(after?.life).toBe(before?.life);
    expect(after?.address).not.toEqual(before?.address);
    world.put(R1, "b", "later");
    untilEqual(world, R1, [1, 2, 3]);
    world.finish();
  });

  test("three times in ten minutes, and then it is isolated", () => {
    const world = threeStores(2);
    for (let time = 0; time < 3; time += 1) fail(world, 3);
    expect(world.status(3).damaged).toEqual([]);
    fail(world, 3);
    expect(world.status(3).damaged).toEqual([{ regionId: R1, reason: "the log failed: poison" }]);
    expect(world.lifeOn(3, R1)?.state).toBe("damaged");
    world.finish();
  });

  test("now and then does not count up to its isolation", () => {
    const world = threeStores(3, { tuning: { tickMs: 10_000, heartbeatMs: 60_000 } });
    for (let time = 0; time < 6; time += 1) {
      fail(world, 3);
      world.ticks(61);
    }
    expect(world.status(3).damaged).toEqual([]);
    world.finish();
  });

  test("is removed by its group though nobody can open it", () => {
    const disk = new ScriptedDisk();
    const world = threeStores(5, { diskOf: (id) => (id === 3 ? disk : new ScriptedDisk()) });
    disk.failingPrefix = "/tablets/1_";
    world.put(R1, "b", "makes it commit");
    world.until("it is isolated", () => world.status(3).damaged.length > 0);
    disk.failingPrefix = undefined;
    const { id } = peerOn(world, R1, 1, 3);
    world.order(R1, { kind: "remove-peer", peerId: id });
    untilGone(world, R1, 3, id);
    expect(livesOnDisk(world, R1, 3)).toEqual([]);
    world.finish();
  });
});

describe("a parent that owes a child", () => {
  function owing(seed: number) {
    const world = new World({ stores: 1, seed });
    world.bootstrap([1]);
    lead(world, R1, 1);
    for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);
    const copies = world.system.hold(
      (one) => one.kind === "mail" && one.message.kind === "copy-request",
    );
    const reply = world.split(R1, "m");
    assert(reply.kind === "written", "not split");
    world.until("the split is applied", () => copies.held.length > 0);
    // Until the tablet says so, too: it may be trimmed from then on.
    world.ticks(10);
    return { world, copies };
  }

  test("is not trimmed at a restart, whoever hears of what first", () => {
    const { world, copies } = owing(6);
    world.crashStore(1);
    copies.release();
    // The registry learns late that its replicas run; till then it tells them nothing.
    const news = world.system.hold((one) => one.kind === "mail" && one.message.kind === "spawned");
    world.restartStore(1);
    world.ticks(10);
    expect(world.tablets().some(({ meta }) => meta.isUntrimmed)).toBe(true);
    news.release();
    world.until("the child is up", () => world.status(1).pendingSplitChildren === 0);
    const child = world.status(1).lives.find(({ regionId }) => regionId !== R1);
    expect(world.get(child?.regionId ?? R1, "n")).toBe("value of n");
    world.until("it is trimmed", () => world.tablets().every(({ meta }) => !meta.isUntrimmed));
    world.finish();
  });

  test("is asked again when the copy's request got lost", () => {
    const { world, copies } = owing(7);
    copies.drop();
    copies.release();
    world.until("the child is up", () => world.status(1).pendingSplitChildren === 0);
    world.finish();
  });

  test("and fails is copied from after it was opened again", () => {
    const { world, copies } = owing(8);
    copies.release();
    fail(world, 1);
    world.until("the child is up", () => world.status(1).pendingSplitChildren === 0);
    const child = world.status(1).lives.find(({ regionId }) => regionId !== R1);
    expect(world.get(child?.regionId ?? R1, "n")).toBe("value of n");
    world.finish();
  });
});

test("an intent to end that overtakes the news of the start is not lost", () => {
  const world = threeStores(9);
  const { id } = peerOn(world, R1, 1, 3);
  const appends = holdMail(world, { to: 3, regionId: R1, kinds: ["MsgApp", "tombstone-order"] });
  world.order(R1, { kind: "remove-peer", peerId: id });
  world.crashStore(3);
  const news = world.system.hold((one) => one.kind === "mail" && one.message.kind === "spawned");
  world.restartStore(3);
  const peer = world.system.inspect("store-3").find((cell) => cell.definition === "peerActor");
  assert(peer !== undefined, "no replica on store 3");
  const order: RegionMail = {
    kind: "tombstone-order",
    regionId: R1,
    fromStore: 1 as never,
    toStore: 3 as never,
    from: toPeerId(101),
    to: id,
    epoch: { version: 1, confVer: 2 },
  };
  world.system.tell(peer.address as never, order);
  world.settle();
  news.release();
  world.settle();
  appends.drop();
  appends.release();
  untilGone(world, R1, 3, id);
  world.finish();
});

describe("a snapshot on its way in", () => {
  /** Store 3 gets a new peer, whose snapshot is offered and accepted. */
  function receiving(seed: number) {
    const world = new World({ stores: 3, seed });
    world.bootstrap([1, 2]);
    world.answer(world.pd, { kind: "put-store", storeId: 3 as never });
    lead(world, R1, 1);
    for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);
    const pieces = holdMail(world, { to: 3, kinds: ["snapshot-chunk"] });
    const peerId = addLearner(world, R1, 3);
    world.until("a piece waits", () => pieces.held.length > 0);
    const address = world.lifeOn(3, R1)?.address;
    assert(address !== undefined, "no receiver");
    return { world, pieces, peerId, address };
  }

  test("that is aborted while a piece is being written leaves nothing, and no file too early", () => {
    const { world, pieces, peerId, address } = receiving(10);
    const writing = world.system.hold(
      (one) => one.kind === "perform-start" && sameAddress(one.to, address),
    );
    pieces.release();
    world.ticks(2);
    expect(writing.held.length).toBeGreaterThan(0);
    world.order(R1, { kind: "remove-peer", peerId });
    world.ticks(12);
    writing.release();
    untilGone(world, R1, 3, peerId);
    expect(world.tabletNames(3)).toEqual([]);
    expect(world.system.thrown).toEqual([]);
    world.finish();
  });

  test.each([
    ["add pairs", "perform-reply"],
    ["finish tablet", "perform-start"],
    ["finish tablet", "perform-reply"],
    ["open received tablet", "perform-start"],
    ["open received tablet", "perform-reply"],
  ] as const)("whose receiver ends during %s (%s) leaves nothing", (name, kind) => {
    const { world, pieces, peerId, address } = receiving(11);
    const step = world.system.hold(
      (one) =>
        one.kind === kind && "name" in one && one.name === name && sameAddress(one.to, address),
    );
    pieces.release();
    world.until("it is there", () => step.held.length > 0);
    world.order(R1, { kind: "remove-peer", peerId });
    world.ticks(12);
    step.release();
    untilGone(world, R1, 3, peerId);
    expect(world.tabletNames(3)).toEqual([]);
    expect(world.system.thrown).toEqual([]);
    world.finish();
  });

  test("takes no piece of another sender that has the same number", () => {
    const { world, pieces, address } = receiving(12);
    const [held] = pieces.held;
    assert(held?.kind === "mail", "no piece");
    const { mail } = held.message as unknown as { mail: RegionMail & { kind: "snapshot-chunk" } };
    const payload = world.system.allocatePayload(16);
    world.system.tell(address, { ...mail, from: toPeerId(102) }, { payload });
    world.settle();
    pieces.release();
    world.until("the data are in", () => world.regionOn(3, R1) !== undefined);
    expect(world.replica(3, R1)?.counts).not.toHaveProperty("snapshot refused: damaged");
    untilEqual(world, R1, [1, 2, 3]);
    world.finish();
  });

  test("with a damaged piece is refused as damaged, leaves nothing, and comes again", () => {
    const { world, pieces, address } = receiving(13);
    const [held] = pieces.held;
    assert(held?.kind === "mail", "no piece");
    const { mail } = held.message as unknown as { mail: RegionMail };
    const payload = world.system.allocatePayload(16);
    world.system.tell(address, mail, { payload });
    world.settle();
    const { counts = {}, receptionFailure } = world.replica(3, R1) ?? {};
    const refused = Object.entries(counts).filter(([what]) => what.startsWith("snapshot refused"));
    expect(refused).toEqual([["snapshot refused: damaged", 1]]);
    expect(receptionFailure).toBe("checksum of piece 0");
    expect(world.tabletNames(3)).toEqual([]);
    pieces.release();
    world.until("the data are in", () => world.regionOn(3, R1) !== undefined);
    untilEqual(world, R1, [1, 2, 3]);
    world.finish();
  });

  test("fails with its receiver while the record is on its way: old data or new, never none", () => {
    const { world, pieces, address } = receiving(14);
    const record = holdFor(world, address, ["log-durable"]);
    pieces.release();
    world.until("the record waits", () => record.held.length > 0);
    world.ticks(2);
    fail(world, 3);
    record.release();
    world.until("the data are in", () => world.regionOn(3, R1) !== undefined);
    expect(world.status(3).damaged).toEqual([]);
    untilEqual(world, R1, [1, 2, 3]);
    expect(livesOnDisk(world, R1, 3)).toHaveLength(1);
    world.finish();
  });
});

describe("the first region", () => {
  test("goes on where a power cut had stopped it", () => {
    const world = new World({ stores: 1, seed: 15 });
    const installs = world.system.hold(
      (one) => one.kind === "mail" && one.message.kind === "initialise",
    );
    const region = world.bootstrap([1]);
    expect(installs.held).toHaveLength(1);
    world.crashStore(1);
    installs.release();
    world.restartStore(1);
    world.system.tell(world.store(1).registry, { kind: "bootstrap-region", region });
    world.settle();
    expect(world.mustLead(R1)).toBe(1);
    world.finish();
  });

  test("is not made again where it has ended", () => {
    const world = threeStores(16);
    const region = world.regionOn(3, R1);
    assert(region !== undefined, "no region");
    const { id } = peerOn(world, R1, 1, 3);
    world.order(R1, { kind: "remove-peer", peerId: id });
    untilGone(world, R1, 3, id);
    world.system.tell(world.store(3).registry, { kind: "bootstrap-region", region });
    world.settle();
    expect(world.lifeOn(3, R1)).toBeUndefined();
    world.finish();
  });
});

test("an unseen replica's removal is confirmed only when its tombstone is durable", () => {
  const world = new World({ stores: 2, seed: 17 });
  const confirms: string[] = [];
  world.system.lookOn({
    handling: ({ host, message }) => {
      const { kind, mail } = message as { kind: string; mail?: { kind: string } };
      if (kind === "receive" && mail?.kind === "tombstone-confirm") confirms.push(host);
    },
  });
  const commits = world.system.hold(
    (one) => one.kind === "turn-end" && one.actor === "logActor" && one.host === "store-2",
  );
  const order: RegionMail = {
    kind: "tombstone-order",
    regionId: toRegionId(40),
    fromStore: 1 as never,
    toStore: 2 as never,
    from: toPeerId(401),
    to: toPeerId(402),
    epoch: { version: 1, confVer: 2 },
  };
  for (let time = 0; time < 2; time += 1)
    world.system.tell(world.store(2).gate, { kind: "receive", mail: order });
  world.settle();
  expect(confirms).toEqual([]);
  commits.release();
  world.settle();
  expect(confirms).toEqual(["store-1", "store-1"]);
  world.finish();
});

test("copies of a snapshot that a power cut has left are swept at the start", () => {
  const world = new World({ stores: 1, seed: 18 });
  const disk = world.disk(1);
  disk.makeDirectory("/tablets/copy_1_99");
  disk.syncDirectory("/tablets");
  world.crashStore(1);
  world.restartStore(1);
  expect(world.tabletNames(1)).toEqual([]);
  world.finish();
});

describe("a store that is opened again in the same process", () => {
  /** Its replica gets a snapshot, for which it is given a generation. */
  function generationOf(opening: number): number {
    const world = threeStores(12);
    const { id } = peerOn(world, R1, 1, 3);
    world.order(R1, { kind: "remove-peer", peerId: id });
    untilGone(world, R1, 3, id);
    const pieces = holdMail(world, { to: 3, kinds: ["snapshot-chunk"] });
    addLearner(world, R1, 3);
    world.until("a piece waits", () => pieces.held.length > 0);
    world.crashStore(3);
    pieces.drop();
    pieces.release();
    world.restartStore(3, opening);
    world.until("it has its data", () => (world.lifeOn(3, R1)?.generation ?? 0) > 0);
    world.finish();
    return Number(world.tabletNames(3)[0]?.split("_")[2]);
  }

  test("gives names that none of its earlier openings has given", () => {
    const [first, second, third] = [1, 2, 3].map(generationOf) as [number, number, number];
    expect(first).toBe(1);
    expect([second, third]).toEqual([first + 2 ** 20, first + 2 ** 21]);
  });
});
