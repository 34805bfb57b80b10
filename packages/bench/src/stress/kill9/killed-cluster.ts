// A cluster whose process is killed while it loads, again and again. After each kill it is opened here:
// everything that was acknowledged must be there, the replicas of each region hold the same, and no file
// may be left that no record names.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TestCluster } from "@multiraft/store/testing";
import { leftOvers } from "../left-overs.ts";
import { contradictions, readJournal } from "./journal.ts";

const LOADER = fileURLToPath(new URL("./loader-entry.js", import.meta.url));
const READY_TIMEOUT_MS = 240_000;

export type Killing = {
  /**
   * Acknowledged writes after which the process ends itself, at once and for good; where replicas move, not
   * before a snapshot is under way.
   */
  readonly killAfter: number;
  /** A store is added, and one is drained, so that snapshots are under way. */
  readonly isMoving: boolean;
};

export type Killed = {
  /** What was not as it should be; empty: nothing was lost. */
  readonly wrong: readonly string[];
  readonly acknowledged: number;
  readonly regions: number;
  /** How often its journal saw snapshots under way. */
  readonly snapshotsSeen: number;
};

export class KilledCluster {
  readonly #dir: string;
  readonly #journalPath: string;
  readonly #signal: AbortSignal | undefined;

  /** @param root Made if it is absent; what is in it from earlier killings is gone on with. */
  constructor(root: string, signal?: AbortSignal) {
    mkdirSync(root, { recursive: true });
    this.#dir = join(root, "cluster");
    this.#journalPath = join(root, "journal");
    this.#signal = signal;
  }

  /** Rejects when the loader ends in any other way than by its own hand. */
  async kill({ killAfter, isMoving }: Killing): Promise<Killed> {
    const before = readJournal(this.#journalPath);
    const moves = isMoving ? "moves" : "stays";
    await this.#load([this.#dir, this.#journalPath, killAfter, before.last + 1, moves].map(String));
    const journal = readJournal(this.#journalPath);
    const acknowledged = journal.acknowledged - before.acknowledged;
    await using t = await TestCluster.start({ dir: this.#dir, engine: "lmdb" });
    const timeout = { timeoutMs: READY_TIMEOUT_MS };
    await t.cluster.ready(
      this.#signal === undefined ? timeout : { ...timeout, signal: this.#signal },
    );
    const wrong = [
      ...contradictions(journal, await pairsOf(t)),
      ...(await disagreements(t)),
      ...(await leftOvers(t, this.#dir, { isAtRest: false })),
    ];
    const { length: regions } = await t.client.routes();
    const snapshotsSeen = journal.snapshotsSeen - before.snapshotsSeen;
    return { wrong, acknowledged, regions, snapshotsSeen };
  }

  async #load(args: readonly string[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const loader = fork(LOADER, args, { stdio: "inherit" });
    const end = () => loader.kill("SIGKILL");
    this.#signal?.addEventListener("abort", end);
    const [code, by] = await once(loader, "exit").finally(() =>
      this.#signal?.removeEventListener("abort", end),
    );
    this.#signal?.throwIfAborted();
    if (by !== "SIGKILL") throw new Error(`the loader ended by itself, with ${code ?? by}`);
  }
}

async function pairsOf(t: TestCluster): Promise<Map<string, string>> {
  const pairs = new Map<string, string>();
  for await (const { key, value } of t.client.scanText({}, { timeoutMs: 60_000 }))
    pairs.set(key, value);
  return pairs;
}

/** Of one index and one epoch, the digests of all replicas are one. Looked at until it is so. */
async function disagreements(t: TestCluster): Promise<readonly string[]> {
  let wrong: readonly string[] = ["no region"];
  const look = async () => {
    const routes = await t.client.routes();
    const regions = await Promise.all(
      routes.map(async ({ region }) => {
        const asked = region.peers.map(({ storeId }) => t.peerContent(storeId, region.id));
        const distinct = new Set((await Promise.all(asked)).map((one) => JSON.stringify(one)));
        return { region: region.id, distinct: [...distinct] };
      }),
    );
    wrong = regions
      .filter(({ distinct }) => distinct.length !== 1 || distinct[0] === undefined)
      .map(({ region, distinct }) => `replicas of region ${region} differ: ${distinct.join(" ")}`);
    return regions.length === 0 ? 1 : wrong.length;
  };
  await t.settled("the replicas agree", look, (count) => count === 0).catch(() => 0);
  return wrong;
}
