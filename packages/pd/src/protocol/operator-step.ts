// What the placement driver may order the leader of a region to do, one step at a time. An order
// names the epoch it was made for: the group refuses it when that is no longer its own.
import type { PeerId, RegionId } from "./ids.ts";
import type { Key } from "./key.ts";
import type { Peer, RegionEpoch } from "./region.ts";

export type OperatorStep =
  | { readonly kind: "add-learner"; readonly peer: Peer }
  | { readonly kind: "promote-learner"; readonly peerId: PeerId }
  | { readonly kind: "remove-peer"; readonly peerId: PeerId }
  | { readonly kind: "transfer-leader"; readonly toPeerId: PeerId }
  /** Without keys the leader finds the middle by size. */
  | { readonly kind: "split"; readonly keys: readonly Key[] };

/** Mail to the leader's peer actor. Sent again until a heartbeat shows the step done: idempotent. */
export type PdOrder = {
  readonly kind: "pd-order";
  readonly operatorId: number;
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  readonly step: OperatorStep;
};
