// The state of one replica as decisions see it, and the rule that protects quorums: no removal
// leaves fewer healthy voters than a majority of what the region should have, or of what remains.
import type { Peer } from "../protocol/region.ts";
import { downMs, isPending, type RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, livenessOf } from "./cluster-view.ts";

/**
 * `lost`: not heard from for so long that it is made up elsewhere. `leaving`: its store is being
 * removed. `unsure`: behind, or not heard from for a while: no quorum counts on it.
 */
export type PeerHealth = "healthy" | "unsure" | "leaving" | "lost";

export function peerHealth(view: ClusterView, entry: RegionEntry, peer: Peer): PeerHealth {
  if (isLost(view, entry, peer)) return "lost";
  const store = view.stores.byId(peer.storeId);
  if (store !== undefined && store.state !== "up") return "leaving";
  return isCurrent(entry, peer) ? "healthy" : "unsure";
}

function isLost(view: ClusterView, entry: RegionEntry, peer: Peer): boolean {
  const peerDownMs = downMs(entry, peer.id);
  if (peerDownMs === undefined) return false;
  if (peerDownMs >= view.options.peerDownMs) return true;
  const store = view.stores.byId(peer.storeId);
  return store !== undefined && livenessOf(view, store) === "down";
}

/** Up to date and heard from, wherever it is: it counts for a quorum. */
export function isCurrent(entry: RegionEntry, peer: Peer): boolean {
  return !isPending(entry, peer.id) && downMs(entry, peer.id) === undefined;
}

export function voters(entry: RegionEntry): Peer[] {
  return entry.region.peers.filter((peer) => peer.role === "voter");
}

export function learners(entry: RegionEntry): Peer[] {
  return entry.region.peers.filter((peer) => peer.role === "learner");
}

/** @param replicas What the region should have; 0 asks only for the quorum of what remains. */
export function isRemovalSafe(entry: RegionEntry, victim: Peer, replicas: number): boolean {
  if (victim.role === "learner") return true;
  const remaining = voters(entry).filter((peer) => peer.id !== victim.id);
  const healthy = remaining.filter((peer) => isCurrent(entry, peer)).length;
  return healthy >= Math.max(quorumOf(remaining.length), quorumOf(replicas));
}

function quorumOf(count: number): number {
  return Math.floor(count / 2) + 1;
}
