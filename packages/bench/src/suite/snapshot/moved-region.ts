// A store of known content whose regions move to another store, which can only get them by snapshot; and on
// to the next one, as often as is asked for. What arrived is read back and compared each time.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
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

/** Milliseconds of each stage, as both ends saw them, summed over the snapshots. */
export type StageMs = {
  readonly copy: number;
  readonly stream: number;
  readonly sync: number;
  readonly install: number;
};

export type Moved = {
  readonly regions: number;
  /** What travelled: of files, or of pairs with their lengths. */
  readonly streamBytes: number;
  readonly stageMs: StageMs;
  /** From the order to drain the store until the other has installed the last region: by our clock, gaps included. */
  readonly installedSeconds: number;
  /** From the order to drain the store until its own registry has no life any more: tombstones are durable then. */
  readonly endedSeconds: number;
  readonly cpuSeconds: number;
};

const KEY_DIGITS = 12;
const BATCH_BYTES = 128 * 1024;
const LOADERS = 8;
/** Who looks is on the clock too: at one region by its governors, at many by what costs little beside them. */
const POLL_MS = 5;
const POLL_MANY_MS = 10;
/** Regions that stay as many for so long are not split any more. */
const SETTLED_MS = 1_500;
/** Ten minutes. */
const WAIT_MS_MAX = 600_000;

export class MovingStore {
  readonly userBytes: number;
  readonly #cluster: TestCluster;
  readonly #directory: string;
  readonly #pairs: number;
  readonly #digest: string;
  #from: number;

  private constructor(
    cluster: TestCluster,
    directory: string,
    content: StoreContent,
    loaded: { readonly pairs: number; readonly digest: string; readonly store: number },
  ) {
    this.#cluster = cluster;
    this.#directory = directory;
    this.#pairs = loaded.pairs;
    this.#digest = loaded.digest;
    this.#from = loaded.store;
    this.userBytes = loaded.pairs * (KEY_DIGITS + content.valueBytes);
  }

  static async open(place: string, content: StoreContent): Promise<MovingStore> {
    const directory = join(place, `store-${process.hrtime.bigint()}`);
    mkdirSync(directory);
    const cluster = await startCluster(directory, content);
    try {
      await cluster.cluster.ready();
      const pairs = await load(cluster, content);
      await settled(cluster, content);
      const digest = await digestOf(cluster, pairs);
      const store = cluster.storeAt(0);
      return new MovingStore(cluster, directory, content, { pairs, digest, store });
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** @throws Error when what is on the next store is not what was on this one. */
  async move(): Promise<Moved> {
    const { cluster } = this.#cluster;
    const from = this.#from;
    const regions = await regionsOn(this.#cluster, from);
    const to = await cluster.addStore();
    const startedCpu = process.cpuUsage();
    const startedMs = performance.now();
    await cluster.drainStore(from);
    const totals = await transferred(this.#cluster, { from, to, regions });
    const installedSeconds = (performance.now() - startedMs) / 1_000;
    await ended(this.#cluster, { store: from, regions });
    const endedSeconds = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage(startedCpu);
    await cluster.drained(from);
    if ((await digestOf(this.#cluster, this.#pairs)) !== this.#digest)
      throw new Error("what arrived is not what was sent");
    this.#from = to;
    return {
      regions,
      ...totals,
      installedSeconds,
      endedSeconds,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  async close(): Promise<void> {
    await this.#cluster.close();
    rmSync(this.#directory, { recursive: true, force: true });
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

/** What both ends say of the snapshots. Asked while the store that sends them is still there. */
async function transferred(
  cluster: TestCluster,
  move: { readonly from: number; readonly to: number; readonly regions: number },
): Promise<Pick<Moved, "stageMs" | "streamBytes">> {
  return waitFor("all regions to move by snapshot", pollMs(move.regions), async () => {
    const received = (await cluster.governorStatus(move.to))?.received;
    const sent = (await cluster.governorStatus(move.from))?.sent;
    if (sent === undefined || received === undefined) return undefined;
    if (sent.count < move.regions || received.count < move.regions) return undefined;
    const { copy = 0, stream = 0 } = sent.stageMs;
    const { sync = 0, install = 0 } = received.stageMs;
    return { streamBytes: sent.streamBytes, stageMs: { copy, stream, sync, install } };
  });
}

/** The lives of the store itself, not what others believe of it. */
async function ended(
  cluster: TestCluster,
  { store, regions }: { readonly store: number; readonly regions: number },
): Promise<void> {
  await waitFor("all replicas to end", pollMs(regions), async () =>
    (await regionsOn(cluster, store)) === 0 ? true : undefined,
  );
}

async function regionsOn(cluster: TestCluster, store: number): Promise<number> {
  const status = await cluster.storeStatus(store);
  if (status === undefined) throw new Error(`store ${store} does not run`);
  return status.lives.length;
}

function pollMs(regions: number): number {
  return regions > 1 ? POLL_MANY_MS : POLL_MS;
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

async function waitFor<Found>(
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

async function digestOf(cluster: TestCluster, pairs: number): Promise<string> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const { key, value } of cluster.client.scan({}, { timeoutMs: 60_000 })) {
    hash.update(key).update(value);
    count += 1;
  }
  if (count !== pairs) throw new Error(`${count} of ${pairs} pairs are there`);
  return hash.digest("hex");
}
