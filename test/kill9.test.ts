// Processes killed at any moment: after each kill everything that was acknowledged is there, the replicas
// of each region hold the same, and no file is left that no record names. More rounds:
// `npm run kill9 -- --rounds N --seed N`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KilledCluster } from "@multiraft/bench";
import { Sfc32 } from "@multiraft/runtime";
import { afterAll, expect, test } from "vitest";

const ROUNDS = Number(process.env["MULTIRAFT_KILL9_ROUNDS"] ?? 5);
const SEED = Number(process.env["MULTIRAFT_KILL9_SEED"] ?? 7);
const ROUND_MS_MAX = 300_000;

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
