// Processes killed at any moment: after each kill everything that was acknowledged is there, the replicas
// of each region hold the same, and no file is left that no record names. More rounds:
// `npm run kill9 -- --rounds N --seed N`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KilledCluster } from "@multiraft/bench";
import { Sfc32 } from "@multiraft/runtime";
import { afterAll, expect, test } from "vitest";

const ROUNDS = Number(process.env["MULTIRAFT_KILL9_ROUNDS"] ?? 5);
const SEED = Number(process.env["MULTIRAFT_KILL9_SEED"] ?? 7);
const ROUND_MS_MAX = 300_000;
/** The driver gives ids in blocks of a thousand, and a new block after a restart. */
const STORE_IDS_MAX = 4_000;

const root = mkdtempSync(join(tmpdir(), "multiraft-kill9-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const cluster = new KilledCluster(root);
const random = new Sfc32(SEED);

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  "round %i: what was acknowledged outlives the process",
  async (round) => {
    const killAfter = 1 + random.below(2_000);
    const isMoving = round % 2 === 1;
    const killed = await cluster.kill({ killAfter, isMoving });
    expect(killed.wrong).toEqual([]);
    expect(killed.acknowledged).toBeGreaterThanOrEqual(killAfter);
    if (isMoving) expect(killed.snapshotsSeen).toBeGreaterThan(0);
  },
  ROUND_MS_MAX,
);

test(
  "replicas that cannot move are told of, not waited for",
  async () => {
    const stuck = mkdtempSync(join(root, "stuck-"));
    const loaded = new KilledCluster(stuck);
    await loaded.kill({ killAfter: 1, isMoving: false });
    // Wherever the next store would have its directory.
    for (let id = 4; id < STORE_IDS_MAX; id += 1)
      writeFileSync(join(stuck, "cluster", `store-${id}`), "");
    const killed = loaded.kill({ killAfter: 1, isMoving: true });
    await expect(killed).rejects.toThrow("the loader ended by itself, with 1");
  },
  ROUND_MS_MAX,
);
