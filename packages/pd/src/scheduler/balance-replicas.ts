// Would moving one replica of this region even out the stores? From its fullest store to the emptiest
// one without it. Asked region by region, and only of complete ones: as long as one store holds more
// than another, some region is on the first and not on the second, so looking at every region finds it.
import { chooseStore } from "../checker/choose-store.ts";
import { replacementSteps } from "../checker/plan-steps.ts";
import type { Plan } from "../operator/operator.ts";
import type { Peer } from "../protocol/region.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, expectedPeers } from "../view/cluster-view.ts";
import { peerHealth } from "../view/peer-health.ts";
import { toleratedDifference } from "./tolerance.ts";

export function balanceReplicas(view: ClusterView, entry: RegionEntry): Plan | undefined {
  if (!entry.region.peers.every((peer) => peerHealth(view, entry, peer) === "healthy"))
    return undefined;
  const choice = chooseStore(view, entry);
  if (choice.kind === "none") return undefined;
  const target = expectedPeers(view, choice.storeId);
  const mean = meanReplicas(view);
  if (target >= Math.ceil(mean.peers)) return undefined;
  const leastAtSource = Math.max(Math.floor(mean.peers), target + mean.tolerance) + 1;
  const victim = fullestPeer(view, entry, leastAtSource);
  if (victim === undefined) return undefined;
  const steps = replacementSteps(view, entry, victim, choice.storeId);
  return { kind: "balance-replicas", steps };
}

/**
 * No store is taken below the mean or filled above it, so no move has to be undone by another: a
 * difference alone would let one store give too much before its equals have given.
 */
function meanReplicas(view: ClusterView): { readonly peers: number; readonly tolerance: number } {
  let stores = 0;
  let total = 0;
  for (const store of view.stores.all) {
    if (store.state !== "up") continue;
    stores += 1;
    total += expectedPeers(view, store.id);
  }
  const tolerance = toleratedDifference(total, stores, view.options.balanceToleranceRatio);
  return { peers: stores === 0 ? 0 : total / stores, tolerance };
}

/** On a store with at least `least` replicas; the leader only when no follower is on such a one. */
function fullestPeer(view: ClusterView, entry: RegionEntry, least: number): Peer | undefined {
  let best: Peer | undefined;
  for (const peer of entry.region.peers) {
    if (expectedPeers(view, peer.storeId) < least) continue;
    if (best === undefined || isFuller(view, entry, peer, best)) best = peer;
  }
  return best;
}

function isFuller(view: ClusterView, entry: RegionEntry, a: Peer, b: Peer): boolean {
  if (entry.leader === a.id || entry.leader === b.id) return entry.leader === b.id;
  return expectedPeers(view, a.storeId) > expectedPeers(view, b.storeId);
}
