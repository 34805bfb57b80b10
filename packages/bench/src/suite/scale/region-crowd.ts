// Many small regions in one process: a cluster of three stores at its default intervals, cut into as many
// regions as are wanted, each with a value of its own by which it is told that it answers.
import { assert } from "@multiraft/runtime";
import type { Client } from "@multiraft/store";
import { TestCluster } from "@multiraft/store/testing";

export type CrowdOptions = {
  readonly directory: string;
  readonly engine: "lmdb" | "memory";
  readonly regions: number;
  readonly threads: number;
  /** Left out, or 0: no group sleeps. */
  readonly hibernateAfterMs?: number;
};

export const STORES = 3;
const KEY_DIGITS = 6;
/** Splits under way: a region has one at a time, and those of different regions do not meet. */
const SPLITS_MAX = 32;
const VALUES_MAX = 64;
const TIMEOUT_MS = 120_000;
/** Nothing was ordered and no leader moved for so long: it is at rest. */
const QUIET_MS = 3_000;
const LOOK_MS = 250;
const LOOKS_MAX = 1_200;

/** @returns Elected, replicated, and with its leaders where they stay. */
export async function startCrowd(options: CrowdOptions): Promise<TestCluster> {
  const { directory: dir, engine, threads, hibernateAfterMs = 0 } = options;
  const tuning = { hibernateAfterMs };
  const setting = { dir, engine, threads, stores: STORES, timing: "usual", tuning } as const;
  const crowd = await TestCluster.start(setting);
  try {
    await crowd.cluster.ready();
    await cut(crowd.client, options.regions);
    await fill(crowd.client, options.regions);
    await crowd.cluster.ready({ timeoutMs: TIMEOUT_MS });
    await atRest(crowd);
    if (hibernateAfterMs > 0) await asleep(crowd, options.regions * STORES);
    return crowd;
  } catch (error) {
    await crowd.close();
    throw error;
  }
}

/** Where a region begins, the first one apart, and what is kept there. */
export function crowdKey(region: number): string {
  return String(region).padStart(KEY_DIGITS, "0");
}

/** Durable when it resolves. */
export function putIn(client: Client, region: number, value: string): Promise<void> {
  return client.put(crowdKey(region), value, { timeoutMs: TIMEOUT_MS, retryUnknown: true });
}

/** @throws Error when one of these regions does not answer, or with another value. */
export async function checkAnswers(client: Client, regions: readonly number[]): Promise<void> {
  await each(regions, VALUES_MAX, async (region) => {
    const found = await client.getText(crowdKey(region), { timeoutMs: TIMEOUT_MS });
    assert(found === ownValue(region), () => `region ${region} answers ${found}`);
  });
}

function ownValue(region: number): string {
  return `of ${region}`;
}

/** Regions from the one on, below the other. */
type Span = readonly [number, number];

function isWide([from, to]: Span): boolean {
  return to - from > 1;
}

function middleOf([from, to]: Span): number {
  return (from + to) >> 1;
}

/** Halves of halves, so that many are cut at the same time. */
async function cut(client: Client, regions: number): Promise<void> {
  let whole: readonly Span[] = [[0, regions]];
  for (let wide = whole.filter(isWide); wide.length > 0; wide = whole.filter(isWide)) {
    await each(wide, SPLITS_MAX, (span) =>
      client.split(crowdKey(middleOf(span)), { timeoutMs: TIMEOUT_MS }),
    );
    whole = wide.flatMap((span): readonly Span[] => [
      [span[0], middleOf(span)],
      [middleOf(span), span[1]],
    ]);
  }
}

async function fill(client: Client, regions: number): Promise<void> {
  const all = Array.from({ length: regions }, (_, region) => region);
  await each(all, VALUES_MAX, (region) => putIn(client, region, ownValue(region)));
}

async function atRest(crowd: TestCluster): Promise<void> {
  let last = "";
  let sinceMs = performance.now();
  await crowd.settled(
    "the crowd comes to rest",
    async () => {
      const { runningOperators, createdOperators, stores } = await crowd.askPd({ kind: "status" });
      const leaders = stores.map(({ leaderCount }) => leaderCount);
      const seen = JSON.stringify([runningOperators.length, createdOperators, leaders]);
      if (seen !== last) sinceMs = performance.now();
      last = seen;
      return { running: runningOperators.length, quietMs: performance.now() - sinceMs };
    },
    ({ running, quietMs }) => running === 0 && quietMs > QUIET_MS,
    { pollsMax: LOOKS_MAX, pollMs: LOOK_MS },
  );
}

async function asleep(crowd: TestCluster, replicas: number): Promise<void> {
  await crowd.settled(
    "the crowd sleeps",
    () => crowd.sleeping(),
    (sleeping) => sleeping === replicas,
    { pollsMax: LOOKS_MAX, pollMs: LOOK_MS },
  );
}

/** All of them, so many at a time. */
async function each<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
