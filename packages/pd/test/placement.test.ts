import { describe, expect, test } from "vitest";
import type { StoreId } from "../src/protocol/index.ts";
import { ClusterSimulation, type SimulationOptions } from "./cluster-simulation.ts";

const QUIET_MS = 8_000;
const LIMIT_MS = 600_000;

/** Replicated, split and evened out, on `stores` stores. */
function settledCluster(stores: number, regions: number, options: SimulationOptions) {
  const cluster = new ClusterSimulation(options);
  const storeIds = Array.from({ length: stores }, () => cluster.addStore());
  cluster.bootstrap(storeIds.slice(0, 1));
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
    cluster.askUntilAnswered({ kind: "set-store-state", storeId, state: "removing" });
    cluster.runUntilQuiet(QUIET_MS, LIMIT_MS);
    expect(cluster.peersOn(storeId)).toBe(0);
    const reply = cluster.askUntilAnswered({ kind: "put-store", storeId });
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

describe.each(SEEDS)("a driver that crashes, on seed %i", (seed) => {
  const faults = { duplicatesPerMille: 100, stalePerMille: 100, crashesPerMille: 3 };

  test("repeats no id and no timestamp, and makes up no replica twice", () => {
    const cluster = new ClusterSimulation({ seed, ...faults });
    const stores = Array.from({ length: 4 }, () => cluster.addStore());
    cluster.bootstrap(stores.slice(0, 1));
    for (let round = 0; round < 20; round += 1) {
      cluster.run(1_000);
      cluster.allocateTimestamp();
      cluster.allocateIds(1 + cluster.below(50));
      cluster.splitInto(round);
    }
    const [drained] = stores;
    if (drained === undefined) throw new Error("no store");
    cluster.askUntilAnswered({ kind: "set-store-state", storeId: drained, state: "removing" });
    for (let round = 0; round < 60; round += 1) {
      cluster.run(1_000);
      cluster.allocateTimestamp();
    }
    expect(cluster.crashes).toBeGreaterThan(3);
    expectReplicated(cluster);
    expect(cluster.peersOn(drained)).toBe(0);
  });
});
