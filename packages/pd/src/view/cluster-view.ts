// What every decision is made from: regions, stores, what is under way, and the time. Decisions
// read it and change nothing in it.
import type { PdOptions } from "../pd-options.ts";
import type { PeerId, StoreId } from "../protocol/ids.ts";
import type { RegionTree } from "../region-tree/region-tree.ts";
import type { Liveness, StoreEntry, StoreTable } from "../store-table/store-table.ts";
import type { ExpectedCounts } from "./expected-counts.ts";

export type ClusterView = {
  readonly options: PdOptions;
  readonly nowMs: number;
  readonly regions: RegionTree;
  readonly stores: StoreTable;
  readonly expected: ExpectedCounts;
  /** A fresh id for a replica that is about to be planned. */
  readonly newPeerId: () => PeerId;
};

export function livenessOf(view: ClusterView, store: StoreEntry): Liveness {
  return view.stores.liveness(store, view.nowMs, view.options);
}

/** Replicas on the store once everything under way is done. */
export function expectedPeers(view: ClusterView, storeId: StoreId): number {
  return view.regions.countsOf(storeId).peers + view.expected.of(storeId).peers;
}

export function expectedLeaders(view: ClusterView, storeId: StoreId): number {
  return view.regions.countsOf(storeId).leaders + view.expected.of(storeId).leaders;
}

/**
 * May one more snapshot go to this store? Ordered ones count before they are reported. What the store
 * itself says is older, so it only counts where it has more than we know of: those it makes unasked.
 */
export function canReceive(view: ClusterView, store: StoreEntry): boolean {
  const known = view.regions.countsOf(store.id).receiving + view.expected.of(store.id).receiving;
  return hasRoomFor(view, known, store.receivingSnapshots);
}

export function canSend(view: ClusterView, storeId: StoreId): boolean {
  const known = view.regions.countsOf(storeId).sending + view.expected.of(storeId).sending;
  const reported = view.stores.byId(storeId)?.sendingSnapshots ?? 0;
  return hasRoomFor(view, known, reported);
}

function hasRoomFor({ options }: ClusterView, known: number, reported: number): boolean {
  return known < options.snapshotsPerStoreMax && reported <= options.snapshotsPerStoreMax;
}

/** Up and heard from: may be given replicas. */
export function isOpenStore(view: ClusterView, store: StoreEntry): boolean {
  return store.state === "up" && livenessOf(view, store) === "alive";
}
