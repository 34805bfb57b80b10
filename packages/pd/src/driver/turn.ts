// One piece of mail being handled: the state, the time it came at, and the orders it has led to so
// far. Passed to whatever takes part.
import type { ClusterView } from "../view/cluster-view.ts";
import type { OutgoingOrder } from "./effects.ts";
import { type PdState, viewOf } from "./pd-state.ts";

export type Turn = {
  readonly state: PdState;
  /** Monotonic: ages and timeouts. */
  readonly nowMs: number;
  readonly view: ClusterView;
  readonly orders: OutgoingOrder[];
};

export function openTurn(state: PdState, nowMs: number): Turn {
  return { state, nowMs, view: viewOf(state, nowMs), orders: [] };
}
