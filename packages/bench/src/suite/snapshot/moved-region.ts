// A store of known content whose regions move to another store, which can only get them by snapshot; and on
// to the next one, as often as is asked for. What arrived is read back and compared each time.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestCluster } from "@multiraft/store/testing";
import {
  digestOf,
  type LoadedStore,
  POLL_MANY_MS,
  regionsOn,
  type StoreContent,
  startLoaded,
  waitFor,
} from "./store-content.ts";

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

/** One region is looked at more often than many. */
const POLL_MS = 5;

export class MovingStore {
  readonly #loaded: LoadedStore;
  readonly #directory: string;
  #from: number;

  private constructor(loaded: LoadedStore, directory: string) {
    this.#loaded = loaded;
    this.#directory = directory;
    this.#from = loaded.cluster.storeAt(0);
  }

  static async open(place: string, content: StoreContent): Promise<MovingStore> {
    const directory = join(place, `store-${process.hrtime.bigint()}`);
    mkdirSync(directory);
    return new MovingStore(await startLoaded(directory, content), directory);
  }

  get userBytes(): number {
    return this.#loaded.userBytes;
  }

  /** @throws Error when what is on the next store is not what was on this one. */
  async move(): Promise<Moved> {
    const { cluster: test, pairs, digest } = this.#loaded;
    const { cluster } = test;
    const from = this.#from;
    const regions = await regionsOn(test, from);
    const to = await cluster.addStore();
    const startedCpu = process.cpuUsage();
    const startedMs = performance.now();
    await cluster.drainStore(from);
    const totals = await transferred(test, { from, to, regions });
    const installedSeconds = (performance.now() - startedMs) / 1_000;
    await ended(test, { store: from, regions });
    const endedSeconds = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage(startedCpu);
    await cluster.drained(from);
    if ((await digestOf(test, pairs)) !== digest)
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
    await this.#loaded.cluster.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
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

function pollMs(regions: number): number {
  return regions > 1 ? POLL_MANY_MS : POLL_MS;
}
