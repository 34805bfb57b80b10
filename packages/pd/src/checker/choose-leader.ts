// Which voter takes a leadership: up to date, on a store that is up and heard from, and with the fewest
// leaders to be. Never a pending, down or learning replica.
import type { PeerId } from "../protocol/ids.ts";
import type { Peer } from "../protocol/region.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, expectedLeaders, isOpenStore } from "../view/cluster-view.ts";
import { peerHealth, voters } from "../view/peer-health.ts";

/** @param except The replica that has it, or that is to go. */
export function chooseLeader(
  view: ClusterView,
  entry: RegionEntry,
  except: PeerId,
): Peer | undefined {
  let best: Peer | undefined;
  for (const peer of voters(entry)) {
    if (peer.id === except || !canLead(view, entry, peer)) continue;
    const leaders = expectedLeaders(view, peer.storeId);
    if (best === undefined || leaders < expectedLeaders(view, best.storeId)) best = peer;
  }
  return best;
}

function canLead(view: ClusterView, entry: RegionEntry, peer: Peer): boolean {
  const store = view.stores.byId(peer.storeId);
  return (
    store !== undefined && isOpenStore(view, store) && peerHealth(view, entry, peer) === "healthy"
  );
}
