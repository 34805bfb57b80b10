// Does a region have the replicas it should have, and if not, what is the next plan? Looked at one by
// one in an order of urgency. A learner that is already there is adopted, or waited for: a replica on
// its way is never doubled, whoever ordered it.

import type { Plan } from "../operator/operator.ts";
import type { Obstacle } from "../protocol/obstacle.ts";
import type { Peer } from "../protocol/region.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, expectedPeers, isOpenStore } from "../view/cluster-view.ts";
import {
  isCurrent,
  isRemovalSafe,
  learners,
  type PeerHealth,
  peerHealth,
  voters,
} from "../view/peer-health.ts";
import { chooseLeader } from "./choose-leader.ts";
import { chooseStore } from "./choose-store.ts";
import { additionSteps, adoptionSteps, removalSteps, replacementSteps } from "./plan-steps.ts";

export type Check =
  | { readonly kind: "complete" }
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "blocked"; readonly obstacle: Obstacle };

const COMPLETE: Check = { kind: "complete" };

export function checkReplicas(view: ClusterView, entry: RegionEntry): Check {
  if (entry.leader === undefined) return blocked("leader-unknown");
  return (
    removeUselessLearner(view, entry) ??
    removeExtraVoter(view, entry) ??
    makeUpVoter(view, entry) ??
    replaceVoter(view, entry) ??
    settleSpareLearner(view, entry) ??
    COMPLETE
  );
}

function removeUselessLearner(view: ClusterView, entry: RegionEntry): Check | undefined {
  const useless = learners(entry).find((peer) => isUnfit(peerHealth(view, entry, peer)));
  return useless === undefined ? undefined : removeLearner(useless);
}

/** More voters than asked for: what an ended operator, or a hand, left behind. */
function removeExtraVoter(view: ClusterView, entry: RegionEntry): Check | undefined {
  const present = voters(entry);
  if (present.length <= view.options.replicas) return undefined;
  const victim = present.reduce((a, b) => (isBetterVictim(view, entry, b, a) ? b : a));
  return remove(view, entry, victim, "remove-extra");
}

function makeUpVoter(view: ClusterView, entry: RegionEntry): Check | undefined {
  if (voters(entry).length >= view.options.replicas) return undefined;
  const [learner] = learners(entry);
  if (learner !== undefined) {
    if (!isCurrent(entry, learner)) return blocked("learner-pending");
    return planned("adopt-learner", [{ kind: "promote-learner", peerId: learner.id }]);
  }
  const choice = chooseStore(view, entry);
  if (choice.kind === "none") return blocked(choice.obstacle);
  return planned("make-up-replica", additionSteps(view.newPeerId(), choice.storeId));
}

/** Lost ones first. */
function replaceVoter(view: ClusterView, entry: RegionEntry): Check | undefined {
  const victim = voterInHealth(view, entry, "lost") ?? voterInHealth(view, entry, "leaving");
  if (victim === undefined) return undefined;
  const [learner] = learners(entry);
  if (learner !== undefined) return replaceByLearner(view, entry, victim, learner);
  const choice = chooseStore(view, entry);
  if (choice.kind === "store")
    return planned("replace-peer", replacementSteps(view, entry, victim, choice.storeId));
  return canBeRemade(view, entry, victim)
    ? remove(view, entry, victim, "replace-peer")
    : blocked(choice.obstacle);
}

function replaceByLearner(
  view: ClusterView,
  entry: RegionEntry,
  victim: Peer,
  learner: Peer,
): Check {
  if (!isCurrent(entry, learner)) return blocked("learner-pending");
  return planned("replace-peer", adoptionSteps(view, entry, victim, learner));
}

/**
 * A lost replica on a store that is well, and no other store to go to: it goes first and is made up
 * on the same store.
 */
function canBeRemade(view: ClusterView, entry: RegionEntry, victim: Peer): boolean {
  const store = view.stores.byId(victim.storeId);
  return (
    peerHealth(view, entry, victim) === "lost" && store !== undefined && isOpenStore(view, store)
  );
}

/**
 * A move that was given up half-way. Its snapshot is let through, and then the move is completed where
 * that still evens out the stores: otherwise a slow move would be begun anew for ever.
 */
function settleSpareLearner(view: ClusterView, entry: RegionEntry): Check | undefined {
  const [spare] = learners(entry);
  if (spare === undefined) return undefined;
  if (!isCurrent(entry, spare)) return blocked("learner-pending");
  const victim = voters(entry).reduce((a, b) => (isBetterVictim(view, entry, b, a) ? b : a));
  const isFuller = expectedPeers(view, victim.storeId) > expectedPeers(view, spare.storeId);
  return isFuller
    ? planned("adopt-learner", adoptionSteps(view, entry, victim, spare))
    : removeLearner(spare);
}

function remove(
  view: ClusterView,
  entry: RegionEntry,
  victim: Peer,
  kind: "remove-extra" | "replace-peer",
): Check {
  if (!isRemovalSafe(entry, victim, view.options.replicas)) return blocked("quorum-at-risk");
  if (entry.leader !== victim.id) return planned(kind, removalSteps(entry, victim, victim.id));
  const successor = chooseLeader(view, entry, victim.id);
  return successor === undefined
    ? blocked("no-leader-candidate")
    : planned(kind, removalSteps(entry, victim, successor.id));
}

function removeLearner(peer: Peer): Check {
  return planned("remove-learner", [{ kind: "remove-peer", peerId: peer.id }]);
}

function voterInHealth(
  view: ClusterView,
  entry: RegionEntry,
  health: PeerHealth,
): Peer | undefined {
  return voters(entry).find((peer) => peerHealth(view, entry, peer) === health);
}

function isUnfit(health: PeerHealth): boolean {
  return health === "lost" || health === "leaving";
}

const VICTIM_RANK: Readonly<Record<PeerHealth, number>> = {
  lost: 3,
  leaving: 2,
  unsure: 1,
  healthy: 0,
};

/** The worse one; of two equal ones not the leader, then the one on the fuller store. */
function isBetterVictim(view: ClusterView, entry: RegionEntry, a: Peer, b: Peer): boolean {
  const rank = (peer: Peer) => VICTIM_RANK[peerHealth(view, entry, peer)];
  if (rank(a) !== rank(b)) return rank(a) > rank(b);
  if (entry.leader === a.id || entry.leader === b.id) return entry.leader === b.id;
  return expectedPeers(view, a.storeId) > expectedPeers(view, b.storeId);
}

function planned(kind: Plan["kind"], steps: Plan["steps"]): Check {
  return { kind: "plan", plan: { kind, steps } };
}

function blocked(obstacle: Obstacle): Check {
  return { kind: "blocked", obstacle };
}
