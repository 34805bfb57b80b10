// A region: a key range replicated by one Raft group, and its epoch, which says how often it changed.
import type { PeerId, RegionId, StoreId } from "./ids.ts";
import type { KeyRange } from "./key.ts";

/**
 * `version` grows when the range changes (a split adds the number of new regions), `confVer` by one
 * with every membership change. Neither ever falls. Newborn regions have 1 and 1 (as in TiKV).
 */
export type RegionEpoch = { readonly version: number; readonly confVer: number };

export const FIRST_EPOCH: RegionEpoch = { version: 1, confVer: 1 };

export type PeerRole = "voter" | "learner";

/** One replica. Its id is never used again, and comparable only within its region. */
export type Peer = { readonly id: PeerId; readonly storeId: StoreId; readonly role: PeerRole };

/** `peers` in the order of their ids; at most one a store. */
export type Region = {
  readonly id: RegionId;
  readonly range: KeyRange;
  readonly epoch: RegionEpoch;
  readonly peers: readonly Peer[];
};

/** Either half behind makes an epoch stale; the halves are not ordered among themselves. */
export function isEpochStale(epoch: RegionEpoch, than: RegionEpoch): boolean {
  return epoch.version < than.version || epoch.confVer < than.confVer;
}

export function sameEpoch(a: RegionEpoch, b: RegionEpoch): boolean {
  return a.version === b.version && a.confVer === b.confVer;
}

/** Half-wise maximum: what a tombstone keeps. */
export function maxEpoch(a: RegionEpoch, b: RegionEpoch): RegionEpoch {
  return {
    version: Math.max(a.version, b.version),
    confVer: Math.max(a.confVer, b.confVer),
  };
}

export function peerOnStore(region: Region, storeId: StoreId): Peer | undefined {
  return region.peers.find((peer) => peer.storeId === storeId);
}
