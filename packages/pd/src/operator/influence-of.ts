// What the rest of an operator will still change in the counts of stores, seen from the region's last
// report. A learner that is reported counts in the region tree from then on, snapshot included.
import type { OperatorStep } from "../protocol/operator-step.ts";
import { leaderPeer, peerById, type RegionEntry } from "../region-tree/region-entry.ts";
import type { StoreInfluence } from "../view/expected-counts.ts";
import type { Operator } from "./operator.ts";

export function influenceOf(operator: Operator, entry: RegionEntry): StoreInfluence[] {
  return operator.steps
    .slice(operator.step)
    .flatMap((step) => stepInfluence(operator, entry, step));
}

function stepInfluence(
  operator: Operator,
  entry: RegionEntry,
  step: OperatorStep,
): StoreInfluence[] {
  const leader = leaderPeer(entry);
  switch (step.kind) {
    case "add-learner": {
      if (peerById(entry.region, step.peer.id) !== undefined) return [];
      const arrival = { storeId: step.peer.storeId, peers: 1, receiving: 1 };
      return leader === undefined ? [arrival] : [arrival, { storeId: leader.storeId, sending: 1 }];
    }
    case "remove-peer": {
      const victim = peerById(entry.region, step.peerId);
      return victim === undefined ? [] : [{ storeId: victim.storeId, peers: -1 }];
    }
    case "transfer-leader": {
      const to = peerById(entry.region, step.toPeerId) ?? plannedPeer(operator, step.toPeerId);
      if (to === undefined || leader === undefined || to.id === leader.id) return [];
      return [
        { storeId: leader.storeId, leaders: -1 },
        { storeId: to.storeId, leaders: 1 },
      ];
    }
    case "promote-learner":
    case "split":
      return [];
  }
}

/** The leadership may go to a replica that the same operator adds first. */
function plannedPeer(operator: Operator, peerId: number) {
  for (const step of operator.steps)
    if (step.kind === "add-learner" && step.peer.id === peerId) return step.peer;
  return undefined;
}
