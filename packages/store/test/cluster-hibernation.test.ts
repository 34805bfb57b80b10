// Groups that sleep, on real threads: they come to rest, answer as before, and miss a store that is gone.
import { TestCluster } from "@multiraft/store/testing";
import { expect, test } from "vitest";

const OPTIONS = { isVolatile: true, threads: 2, tuning: { hibernateAfterMs: 200 } } as const;

async function asleep(t: TestCluster, count = 3): Promise<void> {
  await t.settled(
    "all replicas sleep",
    () => t.sleeping(),
    (sleeping) => sleeping === count,
  );
}

test("a group sleeps, is woken by a client, and sleeps again", async () => {
  await using t = await TestCluster.start(OPTIONS);
  await t.cluster.ready();
  await asleep(t);
  for (const value of ["one", "two"]) {
    await t.client.put("key", value);
    expect(await t.client.getText("key")).toBe(value);
    await asleep(t);
  }
  await t.client.split("m");
  await asleep(t, 6);
});

test("a store that is gone is missed, and one that is back may sleep", async () => {
  await using t = await TestCluster.start({ ...OPTIONS, isVolatile: false });
  await t.cluster.ready();
  await t.client.put("key", "before");
  const region = await t.regionOf("key");
  await asleep(t);
  const leader = await t.leaderOf(region);
  expect(leader).toBeDefined();
  await t.killStore(leader ?? 0);
  await t.settled(
    "another leads",
    () => t.leaderOf(region),
    (led) => led !== undefined,
  );
  await t.client.put("key", "after");
  await t.restartStore(leader ?? 0);
  await asleep(t);
  expect(await t.client.getText("key")).toBe("after");
});

test("a partition between two stores wakes the groups that they share", async () => {
  await using t = await TestCluster.start(OPTIONS);
  await t.cluster.ready();
  await asleep(t);
  await t.isolate(t.storeAt(2));
  await t.settled(
    "nobody sleeps",
    () => t.sleeping(),
    (sleeping) => sleeping === 0,
  );
  await t.heal();
  await asleep(t);
});
