// Stops of a store that fail on their way: what was not stopped is known, and stopped before the store is
// opened again, so that no two logs ever write into one directory.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { TestCluster } from "@multiraft/store/testing";
import { afterAll, expect, test, vi } from "vitest";
import { Directories } from "./cluster-directory-fixture.ts";

const directories = new Directories();
afterAll(() => directories.removeAll());

async function started(): Promise<{ t: TestCluster; id: number; dir: string }> {
  const dir = directories.make();
  const t = await TestCluster.start({ dir });
  await t.cluster.ready();
  return { t, id: t.storeAt(1), dir };
}

/** Some thread does not answer in time: not at these looks for what is left of a store. */
function failLooks(t: TestCluster, ...failing: readonly number[]): void {
  const inspect = t.system.inspect.bind(t.system);
  let looks = 0;
  vi.spyOn(t.system, "inspect").mockImplementation(() => {
    looks += 1;
    return failing.includes(looks) ? Promise.reject(new Error("a thread is silent")) : inspect();
  });
}

async function logsOf(t: TestCluster): Promise<number> {
  const reports = await t.system.inspect();
  const cells = reports.flatMap((report) => report.cells);
  return cells.filter(({ definition }) => definition === "logActor").length;
}

async function stateOf(t: TestCluster, id: number): Promise<string | undefined> {
  const { stores } = await t.cluster.status();
  return stores.find((store) => store.id === id)?.state;
}

test("a store that broke and cannot be stopped at once is opened again when it has been", async () => {
  const { t: cluster, id } = await started();
  await using t = cluster;
  const kinds: string[] = [];
  t.cluster.events.cluster.subscribe(({ kind }) => kinds.push(kind));
  // More often than a store that breaks is opened again.
  failLooks(t, 1, 2, 3, 4);
  await t.breakStore(id);
  await t.settled(
    "it runs again",
    async () => kinds,
    (seen) => seen.join() === "store-broken,store-opened",
  );
  expect(await logsOf(t)).toBe(t.stores.length);
  const { stores } = await t.cluster.status();
  expect(stores.find((store) => store.id === id)).toMatchObject({ reopened: 1 });
});

test("a store that could not be stopped does not run, and is stopped before it is opened", async () => {
  const { t: cluster, id } = await started();
  await using t = cluster;
  failLooks(t, 1);
  await expect(t.killStore(id)).rejects.toThrow("a thread is silent");
  expect(await stateOf(t, id)).toBe("stopped");
  await t.restartStore(id);
  expect(await stateOf(t, id)).toBe("running");
  expect(await logsOf(t)).toBe(t.stores.length);
});

test("why a store does not open is told, although what had been started is not stopped yet", async () => {
  const { t: cluster, id, dir } = await started();
  await using t = cluster;
  await t.killStore(id);
  rmSync(join(dir, `store-${id}`, "log"), { recursive: true });
  failLooks(t, 2);
  const code = "ERR_MULTIRAFT_STORE_EMPTIED";
  await expect(t.restartStore(id)).rejects.toMatchObject({ code });
  // Stopped first.
  await expect(t.restartStore(id)).rejects.toMatchObject({ code });
  expect(await logsOf(t)).toBe(t.stores.length - 1);
});

test("a store is not opened again before the jobs of dead threads are over", async () => {
  const { t: cluster, id } = await started();
  await using t = cluster;
  const kinds: string[] = [];
  t.cluster.events.cluster.subscribe(({ kind }) => kinds.push(kind));
  let bury = (): void => undefined;
  const buried = new Promise<void>((resolve) => {
    bury = resolve;
  });
  const waits = vi.spyOn(t.system, "whenBuried").mockReturnValue(buried);
  await t.breakStore(id);
  await t.settled(
    "it waits",
    async () => waits.mock.calls.length,
    (calls) => calls === 1,
  );
  // The log stands between the files and whoever comes next.
  expect([await logsOf(t), kinds]).toEqual([t.stores.length, ["store-broken"]]);
  bury();
  await t.settled(
    "it runs again",
    async () => kinds,
    (seen) => seen.join() === "store-broken,store-opened",
  );
});
