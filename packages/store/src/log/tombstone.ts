// Tombstones of a region only ever grow: one is replaced by what implies it.
import { maxEpoch, type PeerId, sameEpoch } from "@multiraft/pd/protocol";
import type { Tombstone } from "./record.ts";

/** The least that implies both. */
export function joinTombstones(a: Tombstone, b: Tombstone): Tombstone {
  const removed = new Set([...a.removedPeerIds, ...b.removedPeerIds]);
  return {
    regionId: a.regionId,
    peerId: Math.max(a.peerId, b.peerId) as PeerId,
    epoch: maxEpoch(a.epoch, b.epoch),
    removedPeerIds: [...removed].sort((x, y) => x - y),
  };
}

/** Whoever knows `a` knows all that `b` says. */
export function impliesTombstone(a: Tombstone, b: Tombstone): boolean {
  const removed = new Set(a.removedPeerIds);
  return (
    a.peerId >= b.peerId &&
    sameEpoch(maxEpoch(a.epoch, b.epoch), a.epoch) &&
    b.removedPeerIds.every((id) => removed.has(id))
  );
}
