// Would another leader for this region even out the leaders of its stores? Free of data movement, so
// asked after the replicas are where they should be.
import { chooseLeader } from "../checker/choose-leader.ts";
import type { Plan } from "../operator/operator.ts";
import { leaderPeer, type RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, expectedLeaders } from "../view/cluster-view.ts";
import { toleratedDifference } from "./tolerance.ts";

export function balanceLeaders(view: ClusterView, entry: RegionEntry): Plan | undefined {
  const leader = leaderPeer(entry);
  if (leader === undefined) return undefined;
  const successor = chooseLeader(view, entry, leader.id);
  if (successor === undefined) return undefined;
  const more = expectedLeaders(view, leader.storeId) - expectedLeaders(view, successor.storeId);
  if (more <= leaderTolerance(view)) return undefined;
  return {
    kind: "balance-leaders",
    steps: [{ kind: "transfer-leader", toPeerId: successor.id }],
  };
}

function leaderTolerance(view: ClusterView): number {
  const up = view.stores.all.filter((store) => store.state === "up").length;
  return toleratedDifference(view.regions.size, up, view.options.balanceToleranceRatio);
}
