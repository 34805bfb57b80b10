// One round of the snapshot suite: a region of known content on one store moves to another one, which
// can only get it by snapshot. What arrived is read back and compared before the round counts.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cluster } from "@multiraft/store";

export type RegionContent = {
  readonly engine: "lmdb" | "memory";
  readonly valueBytes: number;
  readonly userBytes: number;
};

/** Milliseconds of each stage, as both ends saw them; `total` is from the first to the last. */
export type StageMs = {
  readonly copy: number;
  readonly stream: number;
  readonly sync: number;
  readonly install: number;
};

export type MovedRegion = {
  readonly userBytes: number;
  readonly stageMs: StageMs;
  readonly cpuSeconds: number;
};

const KEY_DIGITS = 12;
const BATCH_BYTES = 128 * 1024;
const LOADERS = 8;
const POLL_MS = 20;
/** Ten minutes. */
const POLLS_MAX = 30_000;
/** Larger than any region of the suite: nothing is split while it is measured. */
const REGION_BYTES_MAX = 2 ** 31;

export async function moveRegion(
  directory: string,
  content: RegionContent,
  threads: number,
): Promise<MovedRegion> {
  const dir = join(directory, `round-${process.hrtime.bigint()}`);
  mkdirSync(dir);
  const place = content.engine === "lmdb" ? { dir } : {};
  const cluster = await Cluster.start({
    ...place,
    engine: content.engine,
    stores: 1,
    threads,
    regionSizeBytes: REGION_BYTES_MAX,
    snapshotPace: "full",
    pd: { replicas: 1 },
  });
  try {
    await cluster.ready();
    const pairs = await load(cluster, content);
    const before = await digest(cluster, pairs);
    return await move(cluster, pairs * (KEY_DIGITS + content.valueBytes), () =>
      digest(cluster, pairs).then((after) => {
        if (after !== before)
          throw new Error("the region that arrived is not the one that was sent");
      }),
    );
  } finally {
    await cluster.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function move(
  cluster: Cluster,
  userBytes: number,
  verify: () => Promise<void>,
): Promise<MovedRegion> {
  const [first] = (await cluster.status()).stores;
  if (first === undefined) throw new Error("a cluster without a store");
  const startedCpu = process.cpuUsage();
  const added = await cluster.addStore();
  await cluster.drainStore(first.id);
  const { sent, received } = await transferred(cluster, first.id, added);
  const { user, system } = process.cpuUsage(startedCpu);
  await cluster.drained(first.id);
  await verify();
  const { copy = 0, stream = 0 } = sent.stageMs;
  const { sync = 0, install = 0 } = received.stageMs;
  return {
    userBytes,
    stageMs: { copy, stream, sync, install },
    cpuSeconds: (user + system) / 1e6,
  };
}

/** What both ends say of the one snapshot. Asked while the store that sends it is still there. */
async function transferred(cluster: Cluster, from: number, to: number) {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    const { stores } = await cluster.status({ replicas: false });
    const sent = stores.find(({ id }) => id === from)?.snapshots?.sent;
    const received = stores.find(({ id }) => id === to)?.snapshots?.received;
    if (sent?.count === 1 && received?.count === 1) return { sent, received };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("the region was not moved by one snapshot");
}

/** @returns How many pairs were written. */
async function load(cluster: Cluster, content: RegionContent): Promise<number> {
  const { valueBytes, userBytes } = content;
  const client = cluster.client();
  const pairs = Math.ceil(userBytes / (KEY_DIGITS + valueBytes));
  const perBatch = Math.max(1, Math.floor(BATCH_BYTES / valueBytes));
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

async function digest(cluster: Cluster, pairs: number): Promise<string> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const { key, value } of cluster.client().scan({}, { timeoutMs: 60_000 })) {
    hash.update(key).update(value);
    count += 1;
  }
  if (count !== pairs) throw new Error(`${count} of ${pairs} pairs are there`);
  return hash.digest("hex");
}
