// Processes killed at any moment: after each kill everything that was acknowledged is there, the replicas
// of each region hold the same, and no file is left that no record names. More rounds:
// `npm run kill9 -- --rounds N --seed N`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Sfc32 } from "@multiraft/runtime";
import { TestCluster } from "@multiraft/store/testing";
import { afterAll, expect, test } from "vitest";
import { Directories } from "../cluster-directory-fixture.ts";
import { contradictions, readJournal } from "./journal.ts";

const LOADER = fileURLToPath(new URL("./loader.mjs", import.meta.url));
const ROUNDS = Number(process.env["MULTIRAFT_KILL9_ROUNDS"] ?? 5);
const SEED = Number(process.env["MULTIRAFT_KILL9_SEED"] ?? 7);
const ROUND_MS_MAX = 300_000;

const directories = new Directories();
afterAll(() => directories.removeAll());

const root = directories.make();
const dir = join(root, "cluster");
const journalPath = join(root, "journal");
const random = new Sfc32(SEED);

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  "round %i: what was acknowledged outlives the process",
  async (round) => {
    const before = readJournal(journalPath);
    const killAfter = 1 + random.below(2_000);
    const moves = round % 2 === 1 ? "moves" : "stays";
    await runLoader([dir, journalPath, killAfter, before.last + 1, moves].map(String));
    const journal = readJournal(journalPath);
    expect(journal.acknowledged).toBe(before.acknowledged + killAfter);
    if (moves === "moves") expect(journal.snapshotsSeen).toBeGreaterThan(before.snapshotsSeen);
    await using t = await TestCluster.start({ dir, engine: "lmdb" });
    await t.cluster.ready();
    expect(contradictions(journal, await pairsOf(t))).toEqual([]);
    await replicasAgree(t);
    await noFileIsLeft(t);
  },
  ROUND_MS_MAX,
);

async function runLoader(args: readonly string[]): Promise<void> {
  const loader = fork(LOADER, args, { stdio: "inherit" });
  expect(await once(loader, "exit")).toEqual([null, "SIGKILL"]);
}

async function pairsOf(t: TestCluster): Promise<Map<string, string>> {
  const pairs = new Map<string, string>();
  for await (const { key, value } of t.client.scanText()) pairs.set(key, value);
  return pairs;
}

/** Of one index and one epoch, the digests of all replicas are one. */
async function replicasAgree(t: TestCluster): Promise<void> {
  await t.settled(
    "the replicas of each region agree",
    async () => {
      const routes = await t.client.routes();
      const regions = routes.map(async ({ region }) => {
        const contents = region.peers.map(({ storeId }) => t.peerContent(storeId, region.id));
        const distinct = new Set((await Promise.all(contents)).map((one) => JSON.stringify(one)));
        return { region: region.id, contents: [...distinct] };
      });
      return Promise.all(regions);
    },
    (regions) =>
      regions.length > 0 &&
      regions.every(({ contents }) => contents.length === 1 && contents[0] !== undefined),
  );
}

/** Directories of tablets are exactly those of the lives that the registry knows. */
async function noFileIsLeft(t: TestCluster): Promise<void> {
  await t.settled(
    "each tablet has a record, and each record its tablet",
    async () => {
      const stores = t.stores.map(async (id) => {
        const { lives = [], damaged = [] } = (await t.storeStatus(id)) ?? {};
        const named = lives
          .filter(({ generation }) => generation > 0)
          .map(({ regionId, life, generation }) => `${regionId}_${life}_${generation}`);
        const found = readdirSync(join(dir, `store-${id}`, "tablets"));
        return { id, named: named.sort(), found: found.sort(), damaged };
      });
      return Promise.all(stores);
    },
    (stores) =>
      stores.every(
        ({ named, found, damaged }) => named.join() === found.join() && damaged.length === 0,
      ),
  );
}
