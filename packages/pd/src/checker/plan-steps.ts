// The steps of plans. A replica always comes as a learner, and votes when it has the data; the one it
// replaces goes last, and never while it leads. So the voters that are there are never fewer than before.
import type { PeerId, StoreId } from "../protocol/ids.ts";
import type { OperatorStep } from "../protocol/operator-step.ts";
import type { Peer } from "../protocol/region.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import type { ClusterView } from "../view/cluster-view.ts";
import { chooseLeader } from "./choose-leader.ts";

/** A new voter on `storeId`; its id is fresh. */
export function additionSteps(newPeerId: PeerId, storeId: StoreId): OperatorStep[] {
  return [
    { kind: "add-learner", peer: { id: newPeerId, storeId, role: "learner" } },
    { kind: "promote-learner", peerId: newPeerId },
  ];
}

/** A new replica on `storeId` instead of `victim`. */
export function replacementSteps(
  view: ClusterView,
  entry: RegionEntry,
  victim: Peer,
  storeId: StoreId,
): OperatorStep[] {
  const newcomer = view.newPeerId();
  return [...additionSteps(newcomer, storeId), ...farewellSteps(view, entry, victim, newcomer)];
}

/** A learner that is there already instead of `victim`. */
export function adoptionSteps(
  view: ClusterView,
  entry: RegionEntry,
  victim: Peer,
  learner: Peer,
): OperatorStep[] {
  const promotion: OperatorStep = { kind: "promote-learner", peerId: learner.id };
  return [promotion, ...farewellSteps(view, entry, victim, learner.id)];
}

/** The removal of `victim`, after `successor` leads where the victim did. */
export function removalSteps(entry: RegionEntry, victim: Peer, successor: PeerId): OperatorStep[] {
  const removal: OperatorStep = { kind: "remove-peer", peerId: victim.id };
  if (entry.leader !== victim.id) return [removal];
  return [{ kind: "transfer-leader", toPeerId: successor }, removal];
}

/** The newcomer takes the leadership only where nobody else could: it has had no time to prove itself. */
function farewellSteps(
  view: ClusterView,
  entry: RegionEntry,
  victim: Peer,
  newcomer: PeerId,
): OperatorStep[] {
  const successor = chooseLeader(view, entry, victim.id)?.id ?? newcomer;
  return removalSteps(entry, victim, successor);
}
