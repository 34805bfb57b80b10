// What a store remembers of a replica that ended here. Invariant: a record is only ever replaced by
// one that implies it, so that nothing it forbids becomes possible again (TiKV lost a group to a
// tombstone that knew less than the one before).

import { isEpochStale, maxEpoch, type PeerId, type RegionEpoch } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { Tombstone } from "../log/record.ts";

export type AdmissionRefusal = "peer-id-ended" | "peer-was-removed" | "epoch-behind-tombstone";

/** True when everything that `older` forbids is forbidden by `newer` too. */
export function implies(newer: Tombstone, older: Tombstone): boolean {
  return (
    newer.regionId === older.regionId &&
    newer.peerId >= older.peerId &&
    !isEpochStale(newer.epoch, older.epoch) &&
    older.removedPeerIds.every((id) => newer.removedPeerIds.includes(id))
  );
}

/**
 * The record that implies both: also how an uninitialized life keeps the floor of the one before.
 */
export function mergeTombstones(older: Tombstone | undefined, newer: Tombstone): Tombstone {
  if (older === undefined) return newer;
  assert(older.regionId === newer.regionId, "tombstones of two regions cannot be merged");
  const removed = new Set([...older.removedPeerIds, ...newer.removedPeerIds]);
  const merged: Tombstone = {
    regionId: older.regionId,
    peerId: Math.max(older.peerId, newer.peerId) as PeerId,
    epoch: maxEpoch(older.epoch, newer.epoch),
    removedPeerIds: [...removed].sort((a, b) => a - b),
  };
  assert(implies(merged, older) && implies(merged, newer), "a merged tombstone forgot something");
  return merged;
}

/**
 * What `tombstone` has against a replica; undefined when it may be admitted: its id is above every id
 * in the record and the epoch that speaks for it is not older. A newer epoch alone never re-admits.
 */
export function refusedBy(
  tombstone: Tombstone,
  peerId: PeerId,
  epoch: RegionEpoch,
): AdmissionRefusal | undefined {
  if (peerId <= tombstone.peerId) return "peer-id-ended";
  const highestRemoved = tombstone.removedPeerIds.at(-1) ?? 0;
  if (peerId <= highestRemoved) return "peer-was-removed";
  return isEpochStale(epoch, tombstone.epoch) ? "epoch-behind-tombstone" : undefined;
}
