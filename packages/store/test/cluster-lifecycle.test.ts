import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Cluster } from "@multiraft/store";
import { settled } from "@multiraft/store/testing";
import { afterEach, expect, test } from "vitest";
import { Directories } from "./cluster-directory-fixture.ts";

const directories = new Directories();
const PROGRAM = fileURLToPath(new URL("./fixture/open-cluster.mjs", import.meta.url));
afterEach(() => directories.removeAll());

const KEYS = Array.from({ length: 400 }, (_, i) => `key ${String(i).padStart(4, "0")}`);
const VALUE = "v".repeat(200);
/** KEYS make some five regions of it. */
const SMALL_REGIONS = { regionSizeBytes: 20_000 };

async function load(cluster: Cluster, keys: readonly string[] = KEYS): Promise<void> {
  const client = cluster.client();
  for (let at = 0; at < keys.length; at += 40)
    await Promise.all(keys.slice(at, at + 40).map((key) => client.put(key, `${key} ${VALUE}`)));
}

async function keysOf(cluster: Cluster): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, value } of cluster.client().scanText({}, { pagePairs: 30 })) {
    expect(value).toBe(`${key} ${VALUE}`);
    keys.push(key);
  }
  return keys;
}

test("regions that grow are split, and come back with everything on another number of threads", async () => {
  const dir = directories.make();
  let regions = 0;
  {
    await using cluster = await Cluster.start({ dir, threads: 3, ...SMALL_REGIONS });
    await load(cluster);
    const count = async () => (await cluster.client().routes()).length;
    regions = await settled("regions are split", count, (seen) => seen > 3);
    await cluster.ready();
    expect(await keysOf(cluster)).toEqual(KEYS);
  }
  await using cluster = await Cluster.start({ dir, threads: 2, ...SMALL_REGIONS });
  await cluster.ready();
  expect(await keysOf(cluster)).toEqual(KEYS);
  expect((await cluster.client().routes()).length).toBeGreaterThanOrEqual(regions);
  const { stores } = await cluster.status();
  expect(stores.flatMap(({ registry }) => registry?.damaged)).toEqual([]);
});

test("a store that is added fills, one that is drained empties and stays out", async () => {
  const dir = directories.make();
  let drained = 0;
  {
    await using cluster = await Cluster.start({ dir, ...SMALL_REGIONS });
    await load(cluster);
    await cluster.ready();
    const added = await cluster.addStore();
    const [first] = (await cluster.status({ replicas: false })).stores;
    drained = first?.id ?? 0;
    await cluster.drainStore(drained);
    await cluster.drained(drained);
    await cluster.ready();
    const regions = await cluster.client().routes();
    for (const { region } of regions) {
      const places = region.peers.map(({ storeId }) => storeId);
      expect(places).not.toContain(drained);
      expect(places).toContain(added);
    }
    expect(await keysOf(cluster)).toEqual(KEYS);
  }
  await using cluster = await Cluster.start({ dir, ...SMALL_REGIONS });
  expect((await cluster.status()).stores.map(({ id }) => id)).not.toContain(drained);
  expect(await keysOf(cluster)).toEqual(KEYS);
});

test("a drain that is taken back leaves the store in use", async () => {
  await using cluster = await Cluster.start({ engine: "memory" });
  await cluster.ready();
  const [store] = await cluster.client().stores();
  const id = store?.id ?? 0;
  await cluster.drainStore(id);
  expect((await cluster.client().stores())[0]?.state).toBe("removing");
  await cluster.undrain(id);
  expect((await cluster.client().stores())[0]?.state).toBe("up");
  await expect(cluster.drainStore(9_999)).rejects.toMatchObject({
    code: "ERR_MULTIRAFT_NO_SUCH_STORE",
  });
});

test("who waits for a cluster that is closed meanwhile is told so at once", async () => {
  const cluster = await Cluster.start({ engine: "memory", stores: 1 });
  const [store] = await cluster.client().stores();
  const closed = { code: "ERR_MULTIRAFT_CLUSTER_CLOSED" };
  const waiting = expect(cluster.drained(store?.id ?? 0)).rejects.toMatchObject(closed);
  const senseless = cluster.ready({ timeoutMs: Number.NaN });
  await expect(senseless).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLUSTER_OPTION" });
  await cluster.close();
  await waiting;
  await expect(cluster.ready()).rejects.toMatchObject(closed);
});

test("the number of stores is that of the first start", async () => {
  const dir = directories.make();
  await (await Cluster.start({ dir, stores: 2 })).close();
  await using cluster = await Cluster.start({ dir, stores: 5 });
  await cluster.ready();
  expect((await cluster.status()).stores).toHaveLength(2);
});

test.each([
  ["its file is there", /^CLUSTER$/],
  ["the driver has given its first ids", /^pd.placement-driver$/],
  ["the first store has a directory", /^store-1$/],
  ["the first store has a log", /^store-1.log.segment/],
  ["the second store has a directory", /^store-2$/],
  ["the third store has a log", /^store-3.log.segment/],
  ["the first region has a tablet", /^store-1.tablets.\d/],
])("a first start whose process was killed as soon as %s is gone on with", async (_, sign) => {
  const dir = directories.make();
  const child = fork(PROGRAM, [dir]);
  const exited = once(child, "exit");
  await settled(
    "the sign",
    async () => namesBelow(dir),
    (names) => names.some((name) => sign.test(name)),
    { pollMs: 1 },
  );
  child.kill("SIGKILL");
  await exited;
  await using cluster = await Cluster.start({ dir });
  await cluster.client().put("key", "value");
  await cluster.ready();
  expect((await cluster.status()).stores).toHaveLength(3);
  const routes = await cluster.client().routes();
  expect(routes.map(({ region }) => region.peers.length)).toEqual([3]);
});

test("nothing is left open by a cluster that was closed", async () => {
  const dir = directories.make();
  const before = handlesBelow(dir);
  const cluster = await Cluster.start({ dir, ...SMALL_REGIONS });
  const client = cluster.client();
  await load(cluster);
  await cluster.ready();
  expect(handlesBelow(dir).length).toBeGreaterThan(before.length);
  await Promise.all([cluster.close(), cluster.close()]);
  expect(handlesBelow(dir)).toEqual(before);
  expect(readdirSync(dir).filter((name) => name.startsWith("lock"))).toEqual([]);
  expect(process.getActiveResourcesInfo().filter((name) => name.includes("Worker"))).toEqual([]);
  await expect(client.get("key")).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_CLOSED" });
  expect(() => cluster.client()).toThrow(/closed/);
});

/** A name may go while the others are being read: then it is looked at again. */
function namesBelow(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

/** Open files of this process in the directory. */
function handlesBelow(dir: string): string[] {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(dir));
}
