// Can these steps be carried out, one after the other, on this region as it is reported? A dry run:
// each step is applied to a copy. Plans made here pass by construction and are asserted; plans made by
// hand are refused with the reason.
import { unreachable } from "@multiraft/runtime";
import type { PeerId } from "../protocol/ids.ts";
import { type Key, rangeContains } from "../protocol/key.ts";
import type { StepRefusal } from "../protocol/operator.ts";
import type { OperatorStep } from "../protocol/operator-step.ts";
import type { Peer, Region } from "../protocol/region.ts";
import type { StoreTable } from "../store-table/store-table.ts";

/** More than any plan of ours needs (4), few enough to print. */
export const OPERATOR_STEPS_MAX = 16;

/** Ids go on after the largest one in use: whoever chooses one by hand leaves half of them. */
export const PEER_ID_BY_HAND_MAX = 2 ** 52;

type DryRun = { peers: readonly Peer[]; leader: PeerId; readonly peerIdMax: number };

/** @param peerIdMax Of new replicas: plans made here go on after whatever was chosen by hand. */
export function refuseSteps(
  region: Region,
  leader: PeerId,
  steps: readonly OperatorStep[],
  stores: StoreTable,
  peerIdMax = PEER_ID_BY_HAND_MAX,
): StepRefusal | undefined {
  if (steps.length === 0 || steps.length > OPERATOR_STEPS_MAX) return "step-count";
  const run: DryRun = { peers: region.peers, leader, peerIdMax };
  for (const [index, step] of steps.entries()) {
    const refusal = applyStep(run, step, stores);
    if (refusal !== undefined) return refusal;
    if (step.kind !== "split") continue;
    if (index !== steps.length - 1) return "split-not-last";
    if (!areSplitKeys(region, step.keys)) return "split-keys";
  }
  return undefined;
}

function applyStep(run: DryRun, step: OperatorStep, stores: StoreTable): StepRefusal | undefined {
  switch (step.kind) {
    case "add-learner":
      return addLearner(run, step.peer, stores);
    case "promote-learner":
      return promoteLearner(run, step.peerId);
    case "remove-peer":
      return removePeer(run, step.peerId);
    case "transfer-leader":
      return transferLeader(run, step.toPeerId);
    case "split":
      return undefined;
    default:
      return unreachable(step);
  }
}

function addLearner(run: DryRun, peer: Peer, stores: StoreTable): StepRefusal | undefined {
  if (peer.role !== "learner") return "not-a-learner";
  if (!Number.isInteger(peer.id) || peer.id < 1 || peer.id > run.peerIdMax)
    return "peer-id-out-of-range";
  if (find(run, peer.id) !== undefined) return "peer-id-in-use";
  if (run.peers.some((other) => other.storeId === peer.storeId)) return "store-has-peer";
  if (stores.byId(peer.storeId)?.state !== "up") return "store-not-up";
  run.peers = [...run.peers, peer];
  return undefined;
}

function promoteLearner(run: DryRun, peerId: PeerId): StepRefusal | undefined {
  const peer = find(run, peerId);
  if (peer === undefined) return "no-such-peer";
  if (peer.role !== "learner") return "not-a-learner";
  run.peers = run.peers.map((other) => (other === peer ? { ...peer, role: "voter" } : other));
  return undefined;
}

function removePeer(run: DryRun, peerId: PeerId): StepRefusal | undefined {
  if (find(run, peerId) === undefined) return "no-such-peer";
  const remaining = run.peers.filter((other) => other.id !== peerId);
  if (!remaining.some((other) => other.role === "voter")) return "last-voter";
  if (run.leader === peerId) return "peer-is-leader";
  run.peers = remaining;
  return undefined;
}

function transferLeader(run: DryRun, peerId: PeerId): StepRefusal | undefined {
  const peer = find(run, peerId);
  if (peer === undefined) return "no-such-peer";
  if (peer.role !== "voter") return "not-a-voter";
  if (run.leader === peerId) return "already-leader";
  run.leader = peerId;
  return undefined;
}

function find(run: DryRun, peerId: PeerId): Peer | undefined {
  return run.peers.find((peer) => peer.id === peerId);
}

/** Inside the region, ascending, none its start. */
function areSplitKeys(region: Region, keys: readonly Key[]): boolean {
  return keys.every((key, index) => {
    const before = index === 0 ? region.range.start : keys[index - 1];
    return before !== undefined && before < key && rangeContains(region.range, key);
  });
}
