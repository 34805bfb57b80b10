import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "@multiraft/store";
import { afterEach, beforeEach, expect, test } from "vitest";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "multiraft-cluster-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a cluster on disk takes writes, and finds them again with another number of threads", async () => {
  {
    await using cluster = await Cluster.start({ dir, threads: 2 });
    const client = cluster.client();
    await client.put("name", "value");
    await cluster.ready();
    expect(await client.getText("name")).toBe("value");
  }
  await using cluster = await Cluster.start({ dir, threads: 1 });
  expect(await cluster.client().getText("name")).toBe("value");
  expect(cluster.threads).toBe(1);
});

test("a cluster in memory needs no directory", async () => {
  await using cluster = await Cluster.start({ engine: "memory" });
  const client = cluster.client();
  await client.put("name", "value");
  expect(await client.getText("name")).toBe("value");
  await cluster.ready();
  const { regions, stores } = await cluster.status();
  expect(regions.map(({ region }) => region.peers.length)).toEqual([3]);
  expect(stores.map(({ state }) => state)).toEqual(["running", "running", "running"]);
});
