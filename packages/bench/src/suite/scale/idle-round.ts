// What replicas cost that have nothing to do, in one process at the default intervals; and how long the regions
// of a store that stops cannot be written to.
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "@multiraft/runtime";
import type { TestCluster } from "@multiraft/store/testing";
import { defineRound, type Figures, type Measured, timed } from "../round.ts";
import { checkAnswers, crowdKey, putIn, STORES, startCrowd } from "./region-crowd.ts";

export type IdleParams = {
  /** Of all stores together; each region has one on each. */
  readonly replicas: number;
  /** Groups in which nothing happened for so long sleep; 0: they tick and beat, as by default. */
  readonly hibernateAfterMs: number;
  readonly engine: "lmdb" | "memory";
  readonly threads: number;
  readonly windowSeconds: number;
};

/** Regions that are read before and after, spread over all; and those that are written to in a failover. */
const SAMPLE = 100;
/** Linux tells what a process has open. */
const DESCRIPTORS = "/proc/self/fd";

export const idleReplicasRound = defineRound<IdleParams>({
  url: import.meta.url,
  name: "idleReplicasRound",
  flags: ["--expose-gc"],
  open: async ({ replicas, hibernateAfterMs, engine, threads, windowSeconds }, { directory }) => {
    globalThis.gc?.();
    const bytesBefore = process.memoryUsage.rss();
    const startedMs = performance.now();
    const regions = Math.ceil(replicas / STORES);
    const crowd = await startCrowd({ directory, engine, regions, threads, hibernateAfterMs });
    const bringUp = (performance.now() - startedMs) / 1_000;
    return {
      iterate: async () => {
        const sample = sampleOf(regions);
        await checkReplicas(crowd, regions);
        const { seconds, cpuSeconds } = await timed(() => sleep(windowSeconds * 1_000));
        const rss = process.memoryUsage.rss();
        const descriptors = openDescriptors();
        await checkAnswers(crowd.client, sample);
        const failover = await failOver(crowd, sample);
        const measured: Measured = {
          figures: {
            cpu: (100 * cpuSeconds) / seconds,
            rss: rss / 2 ** 20,
            each: (rss - bytesBefore) / 2 ** 10 / (regions * STORES),
            ...descriptors,
            bringUp,
            ...failover,
          },
          operations: regions * STORES,
          cpuSeconds,
        };
        return measured;
      },
      close: () => crowd.close(),
    };
  },
});

function sampleOf(regions: number): readonly number[] {
  const count = Math.min(SAMPLE, regions);
  return Array.from({ length: count }, (_, i) => Math.floor((i * regions) / count));
}

/** @throws Error unless every region has a leader and a replica on each store. */
async function checkReplicas(crowd: TestCluster, regions: number): Promise<void> {
  await crowd.cluster.ready();
  const routes = await crowd.client.routes();
  assert(routes.length === regions, () => `${routes.length} regions of ${regions}`);
  const peers = routes.reduce((sum, { region }) => sum + region.peers.length, 0);
  assert(peers === regions * STORES, () => `${peers} replicas of ${regions * STORES}`);
}

function openDescriptors(): Figures {
  try {
    return { descriptors: readdirSync(DESCRIPTORS).length };
  } catch {
    return {};
  }
}

/** A store stops without a word; its regions of the sample are written to until every write has come through. */
async function failOver(crowd: TestCluster, sample: readonly number[]): Promise<Figures> {
  const { id, regions } = await leaderOf(crowd, sample);
  const startedMs = performance.now();
  const afterMs = () => performance.now() - startedMs;
  await crowd.killStore(id);
  const stopped = afterMs();
  const ends = await Promise.all(
    regions.map(async (region) => {
      await putIn(crowd.client, region, "after");
      return afterMs();
    }),
  );
  for (const region of regions)
    assert((await crowd.client.getText(crowdKey(region))) === "after", "a write got lost");
  return {
    stopped: stopped / 1_000,
    failoverFirst: Math.min(...ends) / 1_000,
    failover: Math.max(...ends) / 1_000,
  };
}

/** The store that leads most of the sample, and what it leads of it. */
async function leaderOf(
  crowd: TestCluster,
  sample: readonly number[],
): Promise<{ readonly id: number; readonly regions: readonly number[] }> {
  const routes = await crowd.client.routes();
  const leads = new Map<number, number[]>();
  for (const region of sample) {
    const route = routes[region];
    const leader = route?.region.peers.find(({ id }) => id === route.leader)?.storeId;
    assert(leader !== undefined, () => `region ${region} has no leader`);
    leads.set(leader, [...(leads.get(leader) ?? []), region]);
  }
  const [most] = [...leads].sort(([, a], [, b]) => b.length - a.length);
  assert(most !== undefined, "nobody leads");
  const [id, regions] = most;
  return { id, regions };
}
