import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Cluster, type ClusterOptions } from "@multiraft/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentsOf, Directories } from "./cluster-directory-fixture.ts";

const directories = new Directories();
const PROGRAM = fileURLToPath(new URL("./fixture/open-cluster.mjs", import.meta.url));
let healthy = "";
let stores: readonly number[] = [];

beforeAll(async () => {
  healthy = directories.make();
  await using cluster = await Cluster.start({ dir: healthy });
  const client = cluster.client();
  for (let i = 0; i < 20; i += 1) await client.put(`key ${i}`, "value");
  await cluster.ready();
  stores = (await cluster.status()).stores.map(({ id }) => id);
});
afterAll(() => directories.removeAll());

/** Starts it, and fails if that works. */
async function refusal(dir: string): Promise<{ readonly code: string; readonly message: string }> {
  const outcome = await Cluster.start({ dir }).catch((error: unknown) => error);
  if (!(outcome instanceof Cluster)) return outcome as { code: string; message: string };
  await outcome.close();
  throw new Error("the cluster was started");
}

function editClusterFile(dir: string, edit: (text: string) => string): void {
  const file = join(dir, "CLUSTER");
  writeFileSync(file, edit(readFileSync(file, "utf8")));
}

function lastSegment(dir: string, store: number): string {
  const log = join(dir, `store-${store}`, "log");
  const segments = readdirSync(log).filter((name) => name.endsWith(".log"));
  return join(log, segments.at(-1) ?? "");
}

describe("a directory is refused, and nothing in it is changed,", () => {
  test.each<[string, (dir: string) => void, string, RegExp]>([
    [
      "that another version wrote",
      (dir) => editClusterFile(dir, (text) => text.replace('"format": 1', '"format": 7')),
      "ERR_MULTIRAFT_CLUSTER_VERSION",
      /CLUSTER has format 7, this version reads 1/,
    ],
    [
      "whose CLUSTER file was changed",
      (dir) => editClusterFile(dir, (text) => text.replace('"opened"', '"removed"')),
      "ERR_MULTIRAFT_CLUSTER_DAMAGED",
      /CLUSTER is damaged: its checksum differs/,
    ],
    [
      "whose placement driver has lost its record",
      (dir) => rmSync(join(dir, "pd", "placement-driver")),
      "ERR_MULTIRAFT_PD_START",
      /placement-driver is gone/,
    ],
    [
      "whose CLUSTER file was cut",
      (dir) => editClusterFile(dir, (text) => text.slice(0, 40)),
      "ERR_MULTIRAFT_CLUSTER_DAMAGED",
      /CLUSTER is damaged: it is no JSON/,
    ],
    [
      "that holds something else",
      (dir) => {
        rmSync(dir, { recursive: true });
        mkdirSync(dir);
        writeFileSync(join(dir, "thesis.txt"), "years of work");
      },
      "ERR_MULTIRAFT_CLUSTER_FOREIGN",
      /holds thesis.txt and no CLUSTER/,
    ],
    [
      "in which a store has lost its files",
      (dir) => {
        for (const name of ["log", "tablets"])
          rmSync(join(dir, `store-${stores[1]}`, name), { recursive: true });
      },
      "ERR_MULTIRAFT_STORE_EMPTIED",
      /store \d+ has no log in .*store-\d+\/log, where it had one/,
    ],
  ])("%s", async (_, harm, code, message) => {
    const dir = directories.copyOf(healthy);
    harm(dir);
    const before = contentsOf(dir);
    const refused = await refusal(dir);
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message);
    const record = join("pd", "placement-driver");
    const after = contentsOf(dir);
    // The driver opens before the stores, and reserves numbers that nobody then takes.
    delete before[record];
    delete after[record];
    expect(after).toEqual(before);
  });
});

test("a store whose log is damaged is refused by the name of its file and the place in it", async () => {
  const dir = directories.copyOf(healthy);
  const [, second = 0] = stores;
  const segment = lastSegment(dir, second);
  const bytes = readFileSync(segment);
  bytes[100] = 255 - (bytes[100] ?? 0);
  writeFileSync(segment, bytes);
  const refused = await refusal(dir);
  expect(refused.code).toBe("ERR_MULTIRAFT_STORE_DAMAGED");
  expect(refused.message).toMatch(
    new RegExp(`^store ${second} in .*store-${second}/log: segment-\\d{12}\\.log, offset \\d+: `),
  );
  expect(readFileSync(segment).equals(bytes)).toBe(true);
});

test("two clusters of one process do not share a directory, and the first goes on", async () => {
  const dir = directories.copyOf(healthy);
  await using first = await Cluster.start({ dir });
  expect(await refusal(dir)).toMatchObject({ code: "ERR_MULTIRAFT_CLUSTER_LOCKED" });
  expect(await first.client().getText("key 7")).toBe("value");
});

test("two processes do not share a directory; when the first is gone, the second may have it", async () => {
  const dir = directories.copyOf(healthy);
  const first = fork(PROGRAM, [dir]);
  expect(await word(first)).toHaveProperty("opened");
  const second = fork(PROGRAM, [dir]);
  const refused = await word(second);
  expect(refused).toMatchObject({ code: "ERR_MULTIRAFT_CLUSTER_LOCKED" });
  expect(refused).toHaveProperty("message", expect.stringContaining(`process ${first.pid} holds`));
  first.send("go");
  expect(await once(first, "exit")).toEqual([0, null]);
  const third = fork(PROGRAM, [dir]);
  expect(await word(third)).toHaveProperty("opened");
  third.kill("SIGKILL");
  await once(third, "exit");
  await using cluster = await Cluster.start({ dir });
  expect(await cluster.client().getText("key 7")).toBe("value");
});

async function word(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, "message");
  return message;
}

describe("options without sense are refused with what would be allowed:", () => {
  test.each<[ClusterOptions, RegExp]>([
    [{}, /dir is needed, unless engine is "memory"/],
    [{ dir: "" }, /dir is the path of a directory/],
    [{ engine: "memory", stores: 0 }, /stores is a whole number from 1 to 48, not 0/],
    [{ engine: "memory", stores: 2.5 }, /stores is a whole number/],
    [{ engine: "memory", threads: 65 }, /threads is a whole number from 1 to 64, not 65/],
    [{ engine: "disk" as "lmdb", dir: "x" }, /engine is "lmdb" or "memory", not "disk"/],
    [{ engine: "memory", regionSizeBytes: -1 }, /regionSizeBytes is a number from 1 on, not -1/],
    [{ engine: "memory", snapshotPace: "slow" as "paced" }, /snapshotPace is "paced" or "full"/],
    [{ engine: "memory", snapshotBytesPerSecond: 0 }, /snapshotBytesPerSecond is a number from 1/],
    [{ engine: "memory", tuning: { slowSyncMs: -1 } }, /slowSyncMs is a number from 0 on, not -1/],
    [
      { engine: "memory", tuning: { chunkBytes: 1_048_577 } },
      /tuning.chunkBytes is a whole number from 1 to 1048576, not 1048577/,
    ],
    [{ engine: "memory", tuning: { tickMs: 0 } }, /tickMs is a number from 1 on, not 0/],
    [{ engine: "memory", tuning: { electionTicks: 2 } }, /electionTicks is above/],
    [
      { engine: "memory", tuning: { electionTicks: 10.5 } },
      /tuning.electionTicks is a whole number from 1 to \d+, not 10.5/,
    ],
    [
      { engine: "memory", tuning: { logKeepEntries: 0.5 } },
      /tuning.logKeepEntries is a whole number from 0 to \d+, not 0.5/,
    ],
    [{ engine: "memory", tuning: { tick: 1 } as object }, /unknown tuning tick; there are tickMs/],
    [{ engine: "memory", pd: { replicas: 0 } }, /pd: replicas out of range: 0/],
    [
      { engine: "memory", directory: "x" } as ClusterOptions,
      /unknown option directory; there are dir/,
    ],
  ])("%j", async (options, message) => {
    const start = Cluster.start(options);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLUSTER_OPTION" });
  });

  test("another engine than the directory was made with", async () => {
    const start = Cluster.start({ dir: directories.copyOf(healthy), engine: "memory" });
    await expect(start).rejects.toThrow(/was made with engine "lmdb", not "memory"/);
  });
});
