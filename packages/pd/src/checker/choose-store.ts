// Which store takes a region's next replica: the one with the fewest replicas to be, among those that
// are up, heard from, without a replica of the region, and free to receive a snapshot.
import type { StoreId } from "../protocol/ids.ts";
import type { Obstacle } from "../protocol/obstacle.ts";
import { peerOnStore } from "../protocol/region.ts";
import { leaderPeer, type RegionEntry } from "../region-tree/region-entry.ts";
import {
  type ClusterView,
  canReceive,
  canSend,
  expectedPeers,
  isOpenStore,
} from "../view/cluster-view.ts";

export type StoreChoice =
  | { readonly kind: "store"; readonly storeId: StoreId }
  | { readonly kind: "none"; readonly obstacle: Obstacle };

export function chooseStore(view: ClusterView, entry: RegionEntry): StoreChoice {
  const leader = leaderPeer(entry);
  if (leader === undefined) return { kind: "none", obstacle: "leader-unknown" };
  if (!canSend(view, leader.storeId)) return { kind: "none", obstacle: "sender-busy" };
  let obstacle: Obstacle = "no-store";
  let best: { readonly storeId: StoreId; readonly peers: number } | undefined;
  for (const store of view.stores.all) {
    if (store.state !== "up" || peerOnStore(entry.region, store.id) !== undefined) continue;
    if (!isOpenStore(view, store)) {
      if (obstacle === "no-store") obstacle = "store-silent";
    } else if (!canReceive(view, store)) {
      obstacle = "receiver-busy";
    } else {
      const peers = expectedPeers(view, store.id);
      if (best === undefined || peers < best.peers) best = { storeId: store.id, peers };
    }
  }
  return best === undefined ? { kind: "none", obstacle } : { kind: "store", storeId: best.storeId };
}
