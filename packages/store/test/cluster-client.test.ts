import { toRegionId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { KeyValue } from "../src/client/client.ts";
import { BATCH_BYTES_MAX, textOf, VALUE_BYTES_MAX } from "../src/client/key-value.ts";
import { World } from "../src/sim/world.ts";
import { ManualDoor } from "./cluster-manual-door.ts";

const R1 = toRegionId(1);
const STORES = [1, 2, 3];
let seed = 0;

function open() {
  seed += 1;
  const world = new World({ stores: 3, seed });
  world.bootstrap(STORES);
  world.mustLead(R1);
  world.ticks(20);
  const manual = new ManualDoor(world, STORES);
  const { client } = manual;
  return { world, client, run: manual.run.bind(manual) };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const keys = (pairs: readonly KeyValue[]) => pairs.map(({ key }) => textOf(key)).join(" ");

/** Regions [..g) [g..p) [p..), all known to the placement driver. */
function splitTwice(world: World): void {
  world.split(R1, "g");
  world.until("a second region", () => regions(world).length === 2);
  const second = regions(world).find(({ start }) => start === "g");
  world.split(second?.id ?? R1, "p");
  world.until("a third region", () => regions(world).length === 3);
  world.ticks(30);
}

function regions(world: World) {
  return world
    .status(1)
    .lives.flatMap(({ region }) =>
      region === undefined ? [] : [{ id: region.id, start: region.range.start }],
    );
}

test("what was put is read back, as bytes and as text, until it is deleted", async () => {
  const { client, run } = open();
  await run(client.put("name", "værdi"));
  expect(await run(client.getText("name"))).toBe("værdi");
  expect(await run(client.get("name"))).toEqual(new TextEncoder().encode("værdi"));
  await run(client.put(Uint8Array.of(0, 255), Uint8Array.of(1, 2, 3)));
  expect(await run(client.get(Uint8Array.of(0, 255)))).toEqual(Uint8Array.of(1, 2, 3));
  await run(client.delete("name"));
  expect(await run(client.get("name"))).toBeUndefined();
});

test("a scan runs over all regions in key order, in pages, within its range and limit", async () => {
  const { world, client, run } = open();
  splitTwice(world);
  const written = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
  for (const key of written) await run(client.put(key, `value of ${key}`));
  expect(keys(await run(collect(client.scan({}, { pagePairs: 2 }))))).toBe(written.join(" "));
  const part = await run(collect(client.scanText({ start: "e", end: "r" }, { pagePairs: 5 })));
  expect(part.map(({ key }) => key).join("")).toBe("efghijklmnopq");
  expect(part.every(({ key, value }) => value === `value of ${key}`)).toBe(true);
  expect(keys(await run(collect(client.scan({ start: "f" }, { limit: 3 }))))).toBe("f g h");
  expect(keys(await run(collect(client.scan({ prefix: "q" }))))).toBe("q");
  expect(await run(collect(client.scan({ start: "q", end: "q" })))).toEqual([]);
});

test("a batch is one write of one region, and refused across regions unless it may be split", async () => {
  const { world, client, run } = open();
  splitTwice(world);
  await run(client.batch([{ put: "a", value: "1" }, { put: "b", value: "2" }, { delete: "a" }]));
  expect(await run(client.getText("b"))).toBe("2");
  expect(await run(client.get("a"))).toBeUndefined();
  const across = [
    { put: "c", value: "3" },
    { put: "z", value: "4" },
    { put: "h", value: "5" },
  ];
  await expect(run(client.batch(across))).rejects.toMatchObject({
    code: "ERR_MULTIRAFT_BATCH_ACROSS_REGIONS",
  });
  expect(await run(client.get("c"))).toBeUndefined();
  await run(client.batch(across, { acrossRegions: "split" }));
  const values = await Promise.all(["c", "z", "h"].map((key) => run(client.getText(key))));
  expect(values).toEqual(["3", "4", "5"]);
});

test("a route that a split has made old is replaced by what the answer says", async () => {
  const { world, client, run } = open();
  await run(client.put("a", "before"));
  splitTwice(world);
  await run(client.put("z", "after"));
  await run(client.put("a", "after"));
  expect(await run(client.getText("z"))).toBe("after");
  expect(await run(client.getText("a"))).toBe("after");
});

test("a client finds the next leader when the store of the last one is gone", async () => {
  const { world, client, run } = open();
  await run(client.put("key", "value"));
  world.crashStore(world.mustLead(R1));
  expect(await run(client.getText("key"))).toBe("value");
  await run(client.put("key", "again"));
  expect(await run(client.getText("key"))).toBe("again");
});

test("a write whose leader is cut off is reported as unknown, a read as not done in time", async () => {
  const { world, client, run } = open();
  await run(client.put("key", "value"));
  const leader = world.mustLead(R1);
  for (const id of STORES) if (id !== leader) world.crashStore(id);
  await expect(run(client.put("key", "lost", { timeoutMs: 500 }))).rejects.toMatchObject({
    code: "ERR_MULTIRAFT_OUTCOME_UNKNOWN",
  });
  const reading = run(client.get("key", { timeoutMs: 3_000 }));
  await expect(reading).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_TIMEOUT" });
  await expect(reading).rejects.toThrow(/in 3000 ms; at last: .+/);
});

test("a swap says whether it swapped, and else what was there, on every region", async () => {
  const { world, client, run } = open();
  splitTwice(world);
  for (const key of ["a", "h", "z"]) {
    const swap = (expected: string | undefined, value: string | undefined) =>
      run(client.compareAndSwap(key, { expected, value }));
    expect(await swap("1", "2")).toEqual({ isSwapped: false, found: undefined });
    expect(await swap(undefined, "1")).toEqual({ isSwapped: true });
    expect(await swap(undefined, "2")).toEqual({
      isSwapped: false,
      found: new TextEncoder().encode("1"),
    });
    expect(await swap("1", "2")).toEqual({ isSwapped: true });
    expect(await run(client.getText(key))).toBe("2");
    expect(await swap("2", undefined)).toEqual({ isSwapped: true });
    expect(await run(client.get(key))).toBeUndefined();
  }
});

test("a swap whose leader is cut off is unknown, and is not asked of anybody else", async () => {
  const { world, client, run } = open();
  await run(client.put("key", "value"));
  const leader = world.mustLead(R1);
  for (const id of STORES) if (id !== leader) world.crashStore(id);
  const swap = { expected: "value", value: "other" };
  const swapping = run(client.compareAndSwap("key", swap, { timeoutMs: 500 }));
  await expect(swapping).rejects.toMatchObject({ code: "ERR_MULTIRAFT_OUTCOME_UNKNOWN" });
  for (const id of STORES) if (id !== leader) world.restartStore(id);
  world.ticks(60);
  expect(await run(client.getText("key"))).toMatch(/^(value|other)$/);
});

test("values of a swap are refused together where one entry cannot hold them", async () => {
  const { client, run } = open();
  const half = "v".repeat(BATCH_BYTES_MAX / 2);
  const refused = run(client.compareAndSwap("k", { expected: half, value: half }));
  await expect(refused).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_ARGUMENT" });
  await expect(refused).rejects.toThrow(/the values of a compareAndSwap have up to/);
  const room = "v".repeat(BATCH_BYTES_MAX / 2 - 17);
  const swap = { expected: room, value: room };
  expect(await run(client.compareAndSwap("k", swap))).toMatchObject({ isSwapped: false });
});

test("a split that was asked for is seen by whoever asks next", async () => {
  const { world, client, run } = open();
  for (const key of ["a", "m", "z"]) await run(client.put(key, key.repeat(100)));
  world.answer(world.pd, { kind: "set-scheduling", isEnabled: true });
  await run(client.split("m"));
  world.answer(world.pd, { kind: "set-scheduling", isEnabled: false });
  const routes = await run(client.routes());
  expect(routes.map(({ region }) => region.range.start)).toEqual(["", "m"]);
  expect((await run(client.stores())).map(({ id }) => id)).toEqual(STORES);
  await run(client.split("m"));
  expect(await run(client.routes())).toHaveLength(2);
});

test("a split that a change of membership came before is made all the same", async () => {
  const { world, client, run } = open();
  for (const key of ["a", "m", "z"]) await run(client.put(key, key.repeat(100)));
  const leader = world.mustLead(R1);
  const { region, address } = world.lifeOn(leader, R1) ?? {};
  const peer = region?.peers.find(({ storeId }) => storeId !== leader);
  assert(region !== undefined && address !== undefined && peer !== undefined, "no leader");
  world.answer(world.pd, { kind: "set-scheduling", isEnabled: true });
  const step = { kind: "remove-peer", peerId: peer.id } as const;
  const order = {
    kind: "pd-order",
    operatorId: 0,
    regionId: R1,
    epoch: region.epoch,
    step,
  } as const;
  // Proposed first, and not applied when the split is asked for.
  world.system.tell(address, order);
  await run(client.split("m"));
  const routes = await run(client.routes());
  expect(routes.map(({ region }) => region.range.start)).toEqual(["", "m"]);
});

test.each([Number.NaN, -1, 2.5])("a scan of %s pairs is refused", async (limit) => {
  const { client, run } = open();
  const refused = run(collect(client.scan({}, { limit })));
  await expect(refused).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_ARGUMENT" });
  expect(await run(collect(client.scan({}, { limit: 0 })))).toEqual([]);
});

test.each([
  ["an empty key", () => ({ put: "", value: "" }), /1 to 1900 bytes, not 0/],
  ["a long key", () => ({ put: "k".repeat(1_901), value: "" }), /not 1901/],
  ["half of a character", () => ({ put: "😀".slice(1), value: "" }), /half of a surrogate pair/],
  ["a value with half of one", () => ({ put: "k", value: "a\ud83d" }), /a value holds half/],
  ["a long value", () => ({ put: "k", value: "v".repeat(VALUE_BYTES_MAX + 1) }), /up to 778240/],
])("%s is refused before anything is sent", async (_, write, message) => {
  const { client, run } = open();
  const refused = run(client.batch([write()]));
  await expect(refused).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_ARGUMENT" });
  await expect(refused).rejects.toThrow(message);
});

test("the largest value with the longest key is written, a larger batch is not", async () => {
  const { client, run } = open();
  const key = "k".repeat(1_900);
  await run(client.put(key, new Uint8Array(VALUE_BYTES_MAX).fill(7)));
  expect((await run(client.get(key)))?.byteLength).toBe(VALUE_BYTES_MAX);
  const half = "v".repeat(BATCH_BYTES_MAX / 2);
  const batch = [
    { put: "a", value: half },
    { put: "b", value: half },
  ];
  await expect(run(client.batch(batch))).rejects.toThrow(/a batch has up to/);
});

test("an aborted read throws the signal's reason, a closed client says that it is closed", async () => {
  const { client, run } = open();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await expect(run(client.get("key", { signal }))).rejects.toBe(reason);
  client.close();
  await expect(run(client.get("key"))).rejects.toMatchObject({
    code: "ERR_MULTIRAFT_CLIENT_CLOSED",
  });
});
