// What a report says about one step: is it done, may it be ordered now, how much of the membership's
// change does it explain, and how long may it take.
import { unreachable } from "@multiraft/runtime";
import type { PdOptions } from "../pd-options.ts";
import type { OperatorOutcome } from "../protocol/operator.ts";
import type { OperatorStep } from "../protocol/operator-step.ts";
import { peerOnStore, type RegionEpoch } from "../protocol/region.ts";
import { isPending, peerById, type RegionEntry } from "../region-tree/region-entry.ts";
import { type ClusterView, livenessOf } from "../view/cluster-view.ts";
import { isCurrent, isRemovalSafe, peerHealth } from "../view/peer-health.ts";
import type { Operator } from "./operator.ts";

/** A learner that is still pending is not done: promoting it would cost a vote, not give one. */
export function isStepDone(entry: RegionEntry, step: OperatorStep, madeFor: RegionEpoch): boolean {
  switch (step.kind) {
    case "add-learner":
      return hasPeer(entry, step) && !isPending(entry, step.peer.id);
    case "promote-learner":
      return peerById(entry.region, step.peerId)?.role === "voter";
    case "remove-peer":
      return peerById(entry.region, step.peerId) === undefined;
    case "transfer-leader":
      return entry.leader === step.toPeerId;
    case "split":
      return entry.region.epoch.version > madeFor.version;
    default:
      return unreachable(step);
  }
}

/** How much `confVer` has grown by this step, as far as the region shows it. */
export function explainedConfVer(entry: RegionEntry, step: OperatorStep): 0 | 1 {
  switch (step.kind) {
    case "add-learner":
      return hasPeer(entry, step) ? 1 : 0;
    case "promote-learner":
      return peerById(entry.region, step.peerId)?.role === "voter" ? 1 : 0;
    case "remove-peer":
      return peerById(entry.region, step.peerId) === undefined ? 1 : 0;
    case "transfer-leader":
    case "split":
      return 0;
    default:
      return unreachable(step);
  }
}

/**
 * `wait`: not to be ordered as the region is now; a final veto stays with the region's leader.
 * `under-way`: the region has taken it up, and it takes what it takes.
 */
export type StepReadiness = "order" | "wait" | "under-way" | OperatorOutcome;

export function stepReadiness(
  view: ClusterView,
  entry: RegionEntry,
  operator: Operator,
  step: OperatorStep,
): StepReadiness {
  switch (step.kind) {
    case "add-learner":
      return learnerReadiness(view, entry, step);
    case "promote-learner":
      return currentPeerReadiness(entry, step.peerId);
    case "transfer-leader":
      return currentPeerReadiness(entry, step.toPeerId);
    case "remove-peer":
      return removalReadiness(view, entry, operator, step);
    case "split":
      return "order";
    default:
      return unreachable(step);
  }
}

type StepOf<Kind> = Extract<OperatorStep, { readonly kind: Kind }>;

function learnerReadiness(
  view: ClusterView,
  entry: RegionEntry,
  { peer }: StepOf<"add-learner">,
): StepReadiness {
  const store = view.stores.byId(peer.storeId);
  if (store?.state !== "up" || livenessOf(view, store) === "down") return "target-lost";
  const onStore = peerOnStore(entry.region, peer.storeId);
  if (onStore === undefined) return "order";
  if (onStore.id !== peer.id) return "stale";
  return peerHealth(view, entry, onStore) === "lost" ? "target-lost" : "under-way";
}

function currentPeerReadiness(entry: RegionEntry, peerId: StepOf<"promote-learner">["peerId"]) {
  const peer = peerById(entry.region, peerId);
  if (peer === undefined) return "stale";
  return isCurrent(entry, peer) ? "order" : "wait";
}

/** By hand a group may be made smaller than it should be; never so that what remains has no quorum. */
function removalReadiness(
  view: ClusterView,
  entry: RegionEntry,
  operator: Operator,
  { peerId }: StepOf<"remove-peer">,
): StepReadiness {
  if (entry.leader === peerId) return "leader-is-victim";
  const victim = peerById(entry.region, peerId);
  if (victim === undefined) return "wait";
  const replicas = operator.kind === "by-hand" ? 0 : view.options.replicas;
  return isRemovalSafe(entry, victim, replicas) ? "order" : "wait";
}

const MEBIBYTE = 1_048_576;

/** To be taken up, that is: larger regions have busier leaders (the figures are TiKV's). */
export function stepTimeoutMs(options: PdOptions, entry: RegionEntry, step: OperatorStep): number {
  const sizeMib = entry.sizeBytes / MEBIBYTE;
  return step.kind === "add-learner"
    ? Math.max(options.snapshotStepTimeoutMs, sizeMib * 6_000)
    : Math.max(options.stepTimeoutMs, sizeMib * 600);
}

function hasPeer(entry: RegionEntry, { peer }: StepOf<"add-learner">): boolean {
  return peerById(entry.region, peer.id)?.storeId === peer.storeId;
}
