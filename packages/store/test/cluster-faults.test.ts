import type { ClusterEvent } from "@multiraft/store";
import { TestCluster } from "@multiraft/store/testing";
import { expect, test } from "vitest";

/** The one region of a cluster that was just started, and the store that leads it. */
async function ready(t: TestCluster) {
  await t.cluster.ready();
  const region = await t.regionOf("key");
  const leader = await leaderOf(t, region);
  const followers = t.stores.filter((id) => id !== leader);
  return { region, leader, followers };
}

async function leaderOf(t: TestCluster, region: number, among: readonly number[] = t.stores) {
  const isOne = (id: number | undefined): boolean => id !== undefined && among.includes(id);
  const leader = await t.settled("a leader", () => t.leaderOf(region, among), isOne);
  return leader ?? 0;
}

function countOf(events: readonly ClusterEvent[], kind: ClusterEvent["kind"]): number {
  return events.filter((event) => event.kind === kind).length;
}

/** All replicas hold the same, of the same index. */
async function agree(t: TestCluster, region: number): Promise<void> {
  await t.settled(
    "the replicas agree",
    () => Promise.all(t.stores.map((id) => t.peerContent(id, region))),
    (contents) =>
      !contents.includes(undefined) &&
      new Set(contents.map((content) => JSON.stringify(content))).size === 1,
  );
}

test("a leader cut off from the others loses its lead, and what it was given then", async () => {
  await using t = await TestCluster.start();
  const { region, leader, followers } = await ready(t);
  await t.client.put("key", "before");
  await t.isolate(leader);
  const next = await leaderOf(t, region, followers);
  await t.client.put("key", "after", { retryUnknown: true });
  expect(await t.client.getText("key")).toBe("after");
  expect((await t.peerStatus(next, region))?.raft?.role).toBe("leader");
  await t.heal();
  await agree(t, region);
  expect(await t.client.getText("key")).toBe("after");
});

test("a store that was killed misses writes and catches up when it is there again", async () => {
  await using t = await TestCluster.start();
  const { region, followers } = await ready(t);
  const [victim = 0] = followers;
  await t.client.put("key", "before");
  await t.killStore(victim);
  expect(await t.storeStatus(victim)).toBeUndefined();
  for (let i = 0; i < 50; i += 1) await t.client.put(`key ${i}`, `${i}`);
  await t.restartStore(victim);
  await agree(t, region);
  expect((await t.peerContent(victim, region))?.keys).toBe(51);
});

test("the leader's store is killed: the others go on, and it comes back behind them", async () => {
  await using t = await TestCluster.start({ engine: "lmdb" });
  const { region, leader, followers } = await ready(t);
  await t.client.put("key", "before");
  await t.killStore(leader);
  await leaderOf(t, region, followers);
  expect(await t.client.getText("key")).toBe("before");
  await t.client.put("key", "after");
  await t.restartStore(leader);
  await agree(t, region);
});

test("a follower behind the truncated log is brought up by one snapshot", async () => {
  const tuning = { logKeepEntries: 10, flushMs: 100 };
  await using t = await TestCluster.start({ tuning });
  const { region, leader, followers } = await ready(t);
  const [behind = 0] = followers;
  await t.killStore(behind);
  for (let i = 0; i < 100; i += 1) await t.client.put(`key ${i}`, "v".repeat(100));
  await t.settled(
    "the leader's log is truncated",
    () => t.peerStatus(leader, region),
    (status) => (status?.truncatedIndex ?? 0) > 50,
  );
  await t.restartStore(behind);
  await agree(t, region);
  const status = await t.peerStatus(behind, region);
  expect(status?.counts).toMatchObject({ "snapshot installed: leader": 1 });
});

test("held mail stands still until it is released", async () => {
  await using t = await TestCluster.start();
  const { region, followers } = await ready(t);
  const [slow = 0] = followers;
  const rule = await t.hold({ toStore: t.asStore(slow), kinds: ["MsgApp"] });
  await t.client.put("key", "value");
  await t.settled(
    "an append is held",
    () => rule.held(),
    (held) => held > 0,
  );
  expect((await t.peerContent(slow, region))?.keys).toBe(0);
  await rule.release();
  await agree(t, region);
  expect((await t.peerContent(slow, region))?.keys).toBe(1);
});

test("mail held in a replica's mailbox is overtaken, and handled when it is released", async () => {
  await using t = await TestCluster.start();
  const { region, followers } = await ready(t);
  const [slow = 0] = followers;
  const held = await t.holdReplicaMail(slow, region, ["raft"]);
  await t.client.put("key", "value");
  await t.settled(
    "mail waits",
    () => held.queued(),
    (queued) => queued > 0,
  );
  expect((await t.peerContent(slow, region))?.keys).toBe(0);
  await held.release();
  await agree(t, region);
});

test.each([
  ["that has the placement driver", 0],
  ["that has not", 1],
])("a thread dies %s: all stores are opened again, and nothing is lost", async (_, thread) => {
  await using t = await TestCluster.start({ threads: 2, engine: "lmdb" });
  const { region } = await ready(t);
  const events: ClusterEvent[] = [];
  t.cluster.events.cluster.subscribe((event) => events.push(event));
  for (let i = 0; i < 20; i += 1) await t.client.put(`key ${i}`, `${i}`);
  await t.killThread(thread);
  await t.settled(
    "all stores are open again",
    async () => ({ events, stores: await Promise.all(t.stores.map((id) => t.storeStatus(id))) }),
    ({ stores }) => countOf(events, "store-opened") >= 3 && !stores.includes(undefined),
  );
  for (let i = 0; i < 20; i += 1) expect(await t.client.getText(`key ${i}`)).toBe(`${i}`);
  await agree(t, region);
  expect(countOf(events, "store-failed")).toBe(0);
  expect(countOf(events, "pd-opened")).toBe(thread === 0 ? 1 : 0);
});

test("a store that breaks again and again is marked failed, and the others go on", async () => {
  await using t = await TestCluster.start();
  await ready(t);
  const broken = t.storeAt(2);
  const failed = new Promise<ClusterEvent>((resolve) => {
    t.cluster.events.cluster.subscribe((event) => event.kind === "store-failed" && resolve(event));
  });
  let opened = 0;
  t.cluster.events.cluster.subscribe((event) => {
    if (event.kind === "store-opened") opened += 1;
  });
  for (let round = 0; round < 4; round += 1) {
    await t.settled(
      "it runs",
      () => t.storeStatus(broken),
      (status) => status !== undefined,
    );
    await t.breakStore(broken);
    if (round < 3)
      await t.settled(
        "it was opened again",
        async () => opened,
        (count) => count === round + 1,
      );
  }
  expect(await failed).toMatchObject({ kind: "store-failed", storeId: broken });
  expect(opened).toBe(3);
  await t.client.put("key", "value");
  expect(await t.client.getText("key")).toBe("value");
  const { stores } = await t.cluster.status();
  expect(stores.find(({ id }) => id === broken)).toMatchObject({ state: "failed", reopened: 3 });
});
