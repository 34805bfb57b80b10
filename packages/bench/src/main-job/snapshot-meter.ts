// What the governors of all stores say of the snapshots that arrived, gathered while stores come and go:
// the sums of a store that is gone stay counted.
import type { StoreId } from "@multiraft/pd/protocol";
import type { TestCluster } from "@multiraft/store/testing";
import type { SnapshotReport } from "./report.ts";

type Sums = {
  readonly count: number;
  readonly userBytes: number;
  readonly stageMs: Readonly<Record<string, number | undefined>>;
};
type StoreSums = { readonly sent: Sums; readonly received: Sums };

export class SnapshotMeter {
  /** Time during which at least one snapshot was under way. */
  streamingMs = 0;
  readonly #cluster: TestCluster;
  readonly #byStore = new Map<StoreId, StoreSums>();
  #lookedMs = performance.now();

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** Looked at often: what happened since the last look is judged by how things are now. */
  async look(): Promise<void> {
    const { stores } = this.#cluster;
    const statuses = await Promise.all(stores.map((id) => this.#cluster.governorStatus(id)));
    const nowMs = performance.now();
    const isStreaming = statuses.some((status) => (status?.receiving ?? 0) > 0);
    if (isStreaming) this.streamingMs += nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    for (const [i, status] of statuses.entries()) {
      const id = stores[i];
      if (id !== undefined && status !== undefined) this.#byStore.set(id, status);
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
        stages[stage] = userBytes / 1e6 / ((ms ?? 0) / 1_000);
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
