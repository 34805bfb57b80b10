// What the governors of all stores say of the snapshots that arrived since the meter was started, gathered while
// stores come and go: the sums of a store that is gone stay counted, and those from before the start never are.
import type { StoreId } from "@multiraft/pd/protocol";
import type { TestCluster } from "@multiraft/store/testing";
import type { SnapshotReport } from "./report.ts";

type Sums = {
  readonly count: number;
  readonly userBytes: number;
  readonly stageMs: Readonly<Record<string, number | undefined>>;
};
/** What is asked of the cluster. */
type Governors = Pick<TestCluster, "stores" | "governorStatus">;
type GovernorStatus = NonNullable<Awaited<ReturnType<Governors["governorStatus"]>>>;
type StoreSums = { readonly sent: Sums; readonly received: Sums };

export class SnapshotMeter {
  /** Time during which at least one snapshot was under way. */
  streamingMs = 0;
  readonly #cluster: Governors;
  /** By then: a governor counts from the start of its store. */
  readonly #before: ReadonlyMap<StoreId, StoreSums>;
  readonly #byStore = new Map<StoreId, StoreSums>();
  #lookedMs = performance.now();

  private constructor(cluster: Governors, before: ReadonlyMap<StoreId, StoreSums>) {
    this.#cluster = cluster;
    this.#before = before;
  }

  static async start(cluster: Governors): Promise<SnapshotMeter> {
    return new SnapshotMeter(cluster, new Map(await statusesOf(cluster)));
  }

  /** Looked at often: what happened since the last look is judged by how things are now. */
  async look(): Promise<void> {
    const statuses = await statusesOf(this.#cluster);
    const nowMs = performance.now();
    const isStreaming = statuses.some(([, { receiving }]) => receiving > 0);
    if (isStreaming) this.streamingMs += nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    for (const [id, { sent, received }] of statuses) {
      const before = this.#before.get(id);
      this.#byStore.set(id, {
        sent: since(before?.sent, sent),
        received: since(before?.received, received),
      });
    }
  }

  get userBytes(): number {
    return this.#received.reduce((sum, { userBytes }) => sum + userBytes, 0);
  }

  report(pace: SnapshotReport["pace"]): SnapshotReport {
    const count = this.#received.reduce((sum, one) => sum + one.count, 0);
    const stages: Record<string, number> = {};
    for (const { stageMs, userBytes } of this.#bothEnds())
      for (const [stage, ms] of Object.entries(stageMs))
        if (ms !== undefined && ms > 0) stages[stage] = userBytes / 1e6 / (ms / 1_000);
    return {
      count,
      bytes: this.userBytes,
      mbPerSecond: this.streamingMs === 0 ? 0 : this.userBytes / 1e6 / (this.streamingMs / 1_000),
      pace,
      streamingSeconds: this.streamingMs / 1_000,
      stagesMbPerSecond: stages,
    };
  }

  get #received(): readonly Sums[] {
    return [...this.#byStore.values()].map(({ received }) => received);
  }

  /** The sums of both directions: each stage is measured at one end only. */
  #bothEnds(): readonly Sums[] {
    const all = [...this.#byStore.values()];
    return [total(all.map(({ sent }) => sent)), total(all.map(({ received }) => received))];
  }
}

/** Of the stores that answer. */
async function statusesOf(cluster: Governors): Promise<readonly [StoreId, GovernorStatus][]> {
  const asked = cluster.stores.map(async (id) => [id, await cluster.governorStatus(id)] as const);
  return (await Promise.all(asked)).flatMap(([id, status]) =>
    status === undefined ? [] : [[id, status]],
  );
}

function since(before: Sums | undefined, now: Sums): Sums {
  if (before === undefined) return now;
  const stages = Object.entries(now.stageMs);
  return {
    count: now.count - before.count,
    userBytes: now.userBytes - before.userBytes,
    stageMs: Object.fromEntries(
      stages.map(([stage, ms]) => [stage, (ms ?? 0) - (before.stageMs[stage] ?? 0)]),
    ),
  };
}

function total(sums: readonly Sums[]): Sums {
  const stageMs: Record<string, number> = {};
  for (const sum of sums)
    for (const [stage, ms] of Object.entries(sum.stageMs))
      stageMs[stage] = (stageMs[stage] ?? 0) + (ms ?? 0);
  return {
    count: sums.reduce((count, one) => count + one.count, 0),
    userBytes: sums.reduce((bytes, one) => bytes + one.userBytes, 0),
    stageMs,
  };
}
