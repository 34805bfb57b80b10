// The stores of the cluster and what is known of them. A removed store stays in the table for ever,
// so that its id is never taken for a new one. Iterated in the order of ids.
import { assert } from "@multiraft/runtime";
import type { StoreHeartbeat } from "../protocol/heartbeat.ts";
import type { StoreId } from "../protocol/ids.ts";
import type { Obstacle } from "../protocol/obstacle.ts";
import type { StoreMeta, StoreState } from "../protocol/pd-mail.ts";

export type StoreEntry = {
  readonly id: StoreId;
  state: StoreState;
  /** Undefined while it has not been heard from since the start. */
  lastSeenMs: number | undefined;
  /** As of the last look; kept to notice when it changes, since only time says so. */
  liveness: Liveness;
  /** What the store itself says; its snapshots are not all of our making. */
  sendingSnapshots: number;
  receivingSnapshots: number;
  /** Why the last region looked at could not leave it, while it is being removed. */
  obstacle: Obstacle | undefined;
};

/** `silent`: not heard from lately. `down`: for so long that its replicas count as lost. */
export type Liveness = "alive" | "silent" | "down";
export type LivenessLimits = { readonly storeSilentMs: number; readonly storeDownMs: number };

export class StoreTable {
  readonly #startMs: number;
  readonly #byId = new Map<StoreId, StoreEntry>();
  #sorted: readonly StoreEntry[] = [];

  constructor(startMs: number, stores: readonly StoreMeta[]) {
    this.#startMs = startMs;
    for (const { id, state } of stores) this.#add(id, state);
  }

  /** In the order of their ids. */
  get all(): readonly StoreEntry[] {
    return this.#sorted;
  }

  get metas(): readonly StoreMeta[] {
    return this.#sorted.map(({ id, state }) => ({ id, state }));
  }

  byId(id: StoreId): StoreEntry | undefined {
    return this.#byId.get(id);
  }

  /** `added` is to be made durable before it is answered. */
  put(id: StoreId, nowMs: number): "added" | "known" | "removed" {
    const known = this.#byId.get(id);
    if (known?.state === "removed") return "removed";
    (known ?? this.#add(id, "up")).lastSeenMs = nowMs;
    return known === undefined ? "added" : "known";
  }

  /** A removed store never comes back. */
  setState(entry: StoreEntry, state: StoreState): void {
    assert(entry.state !== "removed", () => `store ${entry.id} has been removed`);
    entry.state = state;
    entry.obstacle = undefined;
  }

  /** Any sign of life. */
  seen(id: StoreId, nowMs: number): void {
    const entry = this.#byId.get(id);
    if (entry !== undefined) entry.lastSeenMs = nowMs;
  }

  /** @returns Whether a decision may now come out differently. */
  report(heartbeat: StoreHeartbeat, nowMs: number): boolean {
    const entry = this.#byId.get(heartbeat.storeId);
    if (entry === undefined) return false;
    const isChanged =
      entry.sendingSnapshots !== heartbeat.sendingSnapshots ||
      entry.receivingSnapshots !== heartbeat.receivingSnapshots ||
      entry.lastSeenMs === undefined;
    entry.lastSeenMs = nowMs;
    entry.sendingSnapshots = heartbeat.sendingSnapshots;
    entry.receivingSnapshots = heartbeat.receivingSnapshots;
    return isChanged;
  }

  /**
   * A store that has not been heard from since the start is silent, and down only after the full time
   * since the start: a restart must not make a running cluster look dead.
   */
  liveness(entry: StoreEntry, nowMs: number, limits: LivenessLimits): Liveness {
    const quietMs = nowMs - (entry.lastSeenMs ?? this.#startMs);
    if (quietMs >= limits.storeDownMs) return "down";
    return entry.lastSeenMs === undefined || quietMs >= limits.storeSilentMs ? "silent" : "alive";
  }

  /** @returns Whether a store has become silent, down or alive again since the last look. */
  lookAtLiveness(nowMs: number, limits: LivenessLimits): boolean {
    let isChanged = false;
    for (const entry of this.#sorted) {
      const liveness = this.liveness(entry, nowMs, limits);
      isChanged ||= liveness !== entry.liveness;
      entry.liveness = liveness;
    }
    return isChanged;
  }

  #add(id: StoreId, state: StoreState): StoreEntry {
    const entry: StoreEntry = {
      id,
      state,
      lastSeenMs: undefined,
      liveness: "silent",
      sendingSnapshots: 0,
      receivingSnapshots: 0,
      obstacle: undefined,
    };
    this.#byId.set(id, entry);
    this.#sorted = [...this.#sorted, entry].sort((a, b) => a.id - b.id);
    return entry;
  }
}
