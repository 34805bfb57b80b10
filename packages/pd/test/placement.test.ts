import { describe, expect, test } from "vitest";
import type { StoreId } from "../src/protocol/index.ts";
import { ClusterSimulation, type SimulationOptions } from "./cluster-simulation.ts";
import { type Below, seededRandom } from "./seeded-random.ts";

const QUIET_MS = 8_000;
const LIMIT_MS = 600_000;

/** Replicated, split and evened out, on `stores` stores. */
function settledCluster(stores: number, regions: number, options: SimulationOptions) {
  const cluster = new ClusterSimulation(options);
  const storeIds = Array.from({ length: stores }, () => cluster.addStore());
  const [first] = storeIds;
  if (first !== undefined) cluster.bootstrap(first);
  cluster.run(5_000);
  cluster.splitInto(regions);
  cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
  return { cluster, storeIds };
}

function expectReplicated(cluster: ClusterSimulation): void {
  for (const { region } of cluster.regions.values()) {
    expect(region.peers.map(({ role }) => role)).toEqual(
      Array(cluster.options.replicas).fill("voter"),
    );
    expect(new Set(region.peers.map(({ storeId }) => storeId)).size).toBe(region.peers.length);
  }
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

function tolerance(cluster: ClusterSimulation, total: number, stores: number): number {
  return Math.max(1, Math.floor((total / stores) * cluster.options.balanceToleranceRatio));
}

function expectBalanced(cluster: ClusterSimulation, storeIds: readonly StoreId[]): void {
  const regions = cluster.regions.size;
  const peers = storeIds.map((id) => cluster.peersOn(id));
  const replicas = regions * cluster.options.replicas;
  expect(spread(peers)).toBeLessThanOrEqual(tolerance(cluster, replicas, storeIds.length));
}

/** Many heartbeats and ticks later, nothing has been ordered. */
function expectAtRest(cluster: ClusterSimulation): void {
  const before = cluster.operatorsMade();
  cluster.run(30_000);
  expect(cluster.operatorsMade()).toBe(before);
  expect(cluster.status().runningOperators).toEqual([]);
}

const SEEDS = [1, 2, 3, 4, 5, 6];

describe.each(SEEDS)("a cluster on seed %i", (seed) => {
  test("replicates, splits, evens out, and then rests", () => {
    const { cluster, storeIds } = settledCluster(3, 30, { seed });
    expectReplicated(cluster);
    expectBalanced(cluster, storeIds);
    expect(spread(storeIds.map((id) => cluster.leadersOn(id)))).toBeLessThanOrEqual(1);
    expectAtRest(cluster);
  });

  test("fills a fourth store, with no more moves than needed", () => {
    const { cluster, storeIds } = settledCluster(3, 40, { seed });
    const before = cluster.status().createdOperators["balance-replicas"];
    storeIds.push(cluster.addStore());
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expectReplicated(cluster);
    expectBalanced(cluster, storeIds);
    const moves = cluster.status().createdOperators["balance-replicas"] - before;
    expect(moves).toBeLessThanOrEqual((40 * 3) / 4);
    expectAtRest(cluster);
  });

  test("drains a store, which is removed then and stays so", () => {
    const { cluster, storeIds } = settledCluster(4, 30, { seed });
    const [storeId, ...others] = storeIds;
    if (storeId === undefined) throw new Error("no store");
    cluster.driver.ask({ kind: "set-store-state", storeId, state: "removing" });
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expect(cluster.peersOn(storeId)).toBe(0);
    const reply = cluster.driver.ask({ kind: "put-store", storeId });
    expect(reply).toEqual({ kind: "refused", reason: "removed" });
    expectReplicated(cluster);
    expectBalanced(cluster, others);
    expectAtRest(cluster);
  });

  test("makes up the replicas of a dead store", () => {
    const { cluster, storeIds } = settledCluster(4, 30, { seed });
    const [dead, ...others] = storeIds;
    if (dead === undefined) throw new Error("no store");
    cluster.isSnapshotLimitChecked = false; // an election moves a running snapshot to another sender
    cluster.kill(dead);
    cluster.run(20_000);
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expect(cluster.peersOn(dead)).toBe(0);
    expectReplicated(cluster);
    expectBalanced(cluster, others);
  });
});

/** A random subset in random order. */
function draw<Item>(below: Below, items: readonly Item[], count: number): Item[] {
  const left = [...items];
  return Array.from({ length: count }, () => left.splice(below(left.length), 1)).flat();
}

function placedCluster(
  seed: number,
  place: (cluster: ClusterSimulation, ids: StoreId[]) => StoreId[][],
) {
  const below = seededRandom(seed);
  const replicas = [1, 3, 5][below(3)] ?? 3;
  const cluster = new ClusterSimulation({ seed, pd: { replicas } });
  const storeIds = Array.from({ length: replicas + below(4) }, () => cluster.addStore());
  const [first] = storeIds;
  if (first !== undefined) cluster.bootstrap(first);
  cluster.place(place(cluster, storeIds));
  return { cluster, storeIds, replicas };
}

const MANY_SEEDS = Array.from({ length: 24 }, (_, at) => 100 + at);

describe.each(MANY_SEEDS)("a random cluster, seed %i", (seed) => {
  test("that is even gets no operator at all", () => {
    const { cluster } = placedCluster(seed, (own, ids) => {
      const regions = ids.length * (1 + own.below(20));
      return Array.from({ length: regions }, (_, first) => {
        const around = [...ids.slice(first % ids.length), ...ids.slice(0, first % ids.length)];
        return around.slice(0, own.options.replicas);
      });
    });
    cluster.run(60_000);
    expect(cluster.operatorsMade()).toBe(0);
  });

  test("is evened out, each move bringing it closer, and rests then", () => {
    const { cluster, storeIds, replicas } = placedCluster(seed, (own, ids) => {
      const below = (max: number) => own.below(max);
      const some = draw(
        below,
        ids,
        own.options.replicas + below(ids.length - own.options.replicas + 1),
      );
      return Array.from({ length: 1 + below(60) }, () => draw(below, some, own.options.replicas));
    });
    const mean = (cluster.regions.size * replicas) / storeIds.length;
    const sum = (by: (count: number) => number) =>
      storeIds.reduce((total, id) => total + Math.max(0, by(cluster.peersOn(id))), 0);
    const tooMany = sum((count) => count - Math.ceil(mean));
    const tooFew = sum((count) => Math.floor(mean) - count);
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expectReplicated(cluster);
    expectBalanced(cluster, storeIds);
    expect(cluster.status().createdOperators["balance-replicas"]).toBeLessThanOrEqual(
      tooMany + tooFew,
    );
    expectAtRest(cluster);
  });
});

test("snapshots slower than their step are let through, not begun anew", () => {
  const slow = { orderResendMs: 100, stepTimeoutMs: 700, snapshotStepTimeoutMs: 700 };
  const { cluster, storeIds } = settledCluster(3, 20, { seed: 7, pd: slow });
  storeIds.push(cluster.addStore());
  cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
  expectReplicated(cluster);
  expectBalanced(cluster, storeIds);
  const { finishedOperators, createdOperators } = cluster.status();
  expect(finishedOperators["timed-out"]).toBe(0);
  expect(createdOperators["remove-learner"]).toBe(0);
  expect(createdOperators["balance-replicas"]).toBeLessThanOrEqual((20 * 3) / 4);
});

describe("a driver that crashes once, after any write", () => {
  /** From one replica on one store to three, on four stores, with a split and a drain on the way. */
  function story(crashAtMail: number): ClusterSimulation {
    const cluster = new ClusterSimulation({ seed: 5, crashAtMail });
    const [first, second, ...others] = Array.from({ length: 5 }, () => cluster.addStore());
    if (first === undefined || second === undefined) throw new Error("no store");
    cluster.bootstrap(first);
    cluster.run(3_000);
    cluster.splitInto(3);
    cluster.driver.ask({ kind: "set-store-state", storeId: second, state: "removing" });
    cluster.runUntilQuiet(3_000, LIMIT_MS);
    expectReplicated(cluster);
    expectBalanced(cluster, [first, ...others]);
    expect(cluster.status().stores[1]?.state).toBe("removed");
    cluster.driver.allocateTimestamp();
    return cluster;
  }

  test("repeats nothing, makes up no replica twice, and finishes what was begun", () => {
    const { mails } = story(-1).driver;
    expect(mails).toBeGreaterThan(150);
    for (let mail = 1; mail <= mails; mail += 1) story(mail);
  });
});

describe.each(SEEDS)("everything at once, on seed %i", (seed) => {
  const faults = { duplicatesPerMille: 100, stalePerMille: 100, crashesPerMille: 3 };

  test("repeats no id and no timestamp, makes up no replica twice, and heals", () => {
    const cluster = new ClusterSimulation({ seed, ...faults });
    cluster.isSnapshotLimitChecked = false; // an election moves a running snapshot to another sender
    const stores = Array.from({ length: 5 }, () => cluster.addStore());
    const [drained] = stores;
    if (drained === undefined) throw new Error("no store");
    cluster.bootstrap(drained);
    cluster.run(20_000);
    for (let round = 0; round < 40; round += 1) {
      const [victim] = draw(cluster.below, stores, 1);
      if (victim === undefined) throw new Error("no store");
      cluster.kill(victim);
      cluster.run(100 * cluster.below(60));
      cluster.driver.allocateTimestamp();
      cluster.driver.allocateIds(1 + cluster.below(50));
      cluster.revive(victim);
      cluster.run(3_000);
      cluster.splitInto(Math.min(round, 20));
      if (round === 20)
        cluster.driver.ask({ kind: "set-store-state", storeId: drained, state: "removing" });
    }
    expect(cluster.driver.crashes).toBeGreaterThan(3);
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expectReplicated(cluster);
    expectBalanced(cluster, stores.slice(1));
    expect(cluster.peersOn(drained)).toBe(0);
  });
});
