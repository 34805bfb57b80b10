// Clients that count with compare-and-swap, on actor threads and a machine's disk: no count is lost and
// none is made twice, over a split, another leader and a start from what is on disk.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Client, Cluster, textOf } from "@multiraft/store";
import { afterEach, beforeEach, expect, test } from "vitest";

const CLIENTS = 4;
const COUNTS = 20;
const KEY = "count/1";

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-swap-"));
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

/** @returns How often it lost against another client. */
async function count(client: Client): Promise<number> {
  let lost = 0;
  for (let counted = 0; counted < COUNTS; ) {
    const before = await client.getText(KEY);
    const value = `${Number(before ?? 0) + 1}`;
    const result = await client.compareAndSwap(KEY, { expected: before, value });
    if (result.isSwapped) counted += 1;
    else {
      expect(result.found && Number(textOf(result.found))).toBeGreaterThan(Number(before ?? 0));
      lost += 1;
    }
  }
  return lost;
}

test.each(["lmdb", "memory"] as const)("clients count together on %s", async (engine) => {
  const cluster = await Cluster.start({ dir, stores: 3, threads: 2, engine });
  try {
    await cluster.ready();
    const clients = Array.from({ length: CLIENTS }, () => cluster.client());
    const counting = Promise.all(clients.map(count));
    await cluster.client().split("count");
    const lost = await counting;
    expect(await cluster.client().getText(KEY)).toBe(`${CLIENTS * COUNTS}`);
    expect(lost.reduce((sum, one) => sum + one)).toBeGreaterThan(0);
  } finally {
    await cluster.close();
  }
  const again = await Cluster.start({ dir, stores: 3, threads: 1, engine });
  try {
    const client = again.client();
    const [expected, value] = [`${CLIENTS * COUNTS}`, undefined];
    expect(await client.compareAndSwap(KEY, { expected, value })).toEqual({ isSwapped: true });
    const late = await client.compareAndSwap(KEY, { expected, value: "late" });
    expect(late).toEqual({ isSwapped: false, found: undefined });
  } finally {
    await again.close();
  }
});
