// A store of known content: loaded, split as far as it will be, with what it takes to tell later that all of it
// is still there.
import { createHash } from "node:crypto";
import { TestCluster } from "@multiraft/store/testing";

export type StoreContent = {
  readonly engine: "lmdb" | "memory";
  readonly valueBytes: number;
  readonly userBytes: number;
  /** About; one that is larger than the content makes one region of it. */
  readonly regionBytes: number;
  readonly threads: number;
  /** Snapshots under way at once. */
  readonly streams: number;
};

const KEY_DIGITS = 12;
const BATCH_BYTES = 128 * 1024;
const LOADERS = 8;
/** Who looks is on the clock too: at many regions by what costs little beside them. */
export const POLL_MANY_MS = 10;
/** Regions that stay as many for so long are not split any more. */
const SETTLED_MS = 1_500;
/** Ten minutes. */
const WAIT_MS_MAX = 600_000;

export type LoadedStore = {
  /** Of one store. */
  readonly cluster: TestCluster;
  readonly pairs: number;
  readonly userBytes: number;
  readonly digest: string;
};

/** @param directory Of its own. */
export async function startLoaded(directory: string, content: StoreContent): Promise<LoadedStore> {
  const cluster = await startCluster(directory, content);
  try {
    await cluster.cluster.ready();
    const pairs = await load(cluster, content);
    await settled(cluster, content);
    const digest = await digestOf(cluster, pairs);
    return { cluster, pairs, digest, userBytes: pairs * (KEY_DIGITS + content.valueBytes) };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function startCluster(dir: string, content: StoreContent): Promise<TestCluster> {
  const { engine, threads, streams, regionBytes } = content;
  return TestCluster.start({
    timing: "usual",
    ...(engine === "lmdb" ? { dir } : { isVolatile: true }),
    engine,
    stores: 1,
    threads,
    // Halves of a region that grew beyond this are about as large as is wanted.
    regionSizeBytes: Math.ceil(1.5 * regionBytes),
    snapshotPace: "full",
    tuning: { snapshotsMax: streams },
    // The driver orders no more than it may, the stores take no more than they can.
    pd: { replicas: 1, snapshotsPerStoreMax: streams },
  });
}

/** @returns How many pairs were written. */
async function load(cluster: TestCluster, content: StoreContent): Promise<number> {
  const { valueBytes, userBytes } = content;
  const { client } = cluster;
  const pairs = Math.ceil(userBytes / (KEY_DIGITS + valueBytes));
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / (KEY_DIGITS + valueBytes)));
  let next = 0;
  const loader = async () => {
    while (next < pairs) {
      const from = next;
      next += perBatch;
      const count = Math.min(perBatch, pairs - from);
      const batch = Array.from({ length: count }, (_, i) => pairOf(from + i, valueBytes));
      await client.batch(batch, { timeoutMs: 60_000, retryUnknown: true });
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, loader));
  return pairs;
}

function pairOf(number: number, valueBytes: number): { put: string; value: Buffer } {
  const value = Buffer.alloc(valueBytes, number & 0xff);
  value.writeUInt32LE(number);
  return { put: String(number).padStart(KEY_DIGITS, "0"), value };
}

/** Until the content has been split as far as it will be. */
async function settled(
  cluster: TestCluster,
  { userBytes, regionBytes }: StoreContent,
): Promise<void> {
  const wanted = Math.max(1, Math.floor(userBytes / (1.5 * regionBytes)));
  const store = cluster.storeAt(0);
  let last = 0;
  let sinceMs = performance.now();
  await waitFor(`${wanted} regions`, POLL_MANY_MS, async () => {
    const count = await regionsOn(cluster, store);
    if (count !== last) sinceMs = performance.now();
    last = count;
    const isQuiet = performance.now() - sinceMs > SETTLED_MS;
    return count >= wanted && isQuiet ? count : undefined;
  });
}

/** Lives, whatever they are at. */
export async function regionsOn(cluster: TestCluster, store: number): Promise<number> {
  const status = await cluster.storeStatus(store);
  if (status === undefined) throw new Error(`store ${store} does not run`);
  return status.lives.length;
}

/** @throws Error for a pair that is missing. */
export async function digestOf(cluster: TestCluster, pairs: number): Promise<string> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const { key, value } of cluster.client.scan({}, { timeoutMs: 60_000 })) {
    hash.update(key).update(value);
    count += 1;
  }
  if (count !== pairs) throw new Error(`${count} of ${pairs} pairs are there`);
  return hash.digest("hex");
}

export async function waitFor<Found>(
  what: string,
  pauseMs: number,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (performance.now() < deadlineMs) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`waited too long for ${what}`);
}
