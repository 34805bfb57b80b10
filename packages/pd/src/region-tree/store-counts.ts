// Per store: its replicas, leaders and snapshots in flight, kept current as regions come and go, so
// that a total costs nothing. Always the sum over the entries of the tree.
import type { StoreId } from "../protocol/ids.ts";
import { isPending, leaderPeer, type RegionEntry } from "./region-entry.ts";

export type StoreCounts = {
  readonly peers: number;
  readonly leaders: number;
  readonly pendingPeers: number;
  /** Learners that are not up to date, here and from leaders here: snapshots received and sent. */
  readonly receiving: number;
  readonly sending: number;
};

type MutableCounts = { -readonly [Name in keyof StoreCounts]: StoreCounts[Name] };

const NONE: StoreCounts = { peers: 0, leaders: 0, pendingPeers: 0, receiving: 0, sending: 0 };

export class StoreCountsTable {
  readonly #byStore = new Map<StoreId, MutableCounts>();

  of(storeId: StoreId): StoreCounts {
    return this.#byStore.get(storeId) ?? NONE;
  }

  /** @param sign 1 when the entry comes, -1 when it goes. */
  count(entry: RegionEntry, sign: 1 | -1): void {
    const leader = leaderPeer(entry);
    if (leader !== undefined) this.#mutable(leader.storeId).leaders += sign;
    for (const peer of entry.region.peers) {
      const counts = this.#mutable(peer.storeId);
      counts.peers += sign;
      if (!isPending(entry, peer.id)) continue;
      counts.pendingPeers += sign;
      if (peer.role !== "learner") continue;
      counts.receiving += sign;
      if (leader !== undefined) this.#mutable(leader.storeId).sending += sign;
    }
  }

  #mutable(storeId: StoreId): MutableCounts {
    let counts = this.#byStore.get(storeId);
    if (counts === undefined) {
      counts = { ...NONE };
      this.#byStore.set(storeId, counts);
    }
    return counts;
  }
}
