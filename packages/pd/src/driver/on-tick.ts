// What time alone brings: orders to repeat, steps that took too long, stores that fell silent, stores
// that are empty at last, and the next few regions of the patrol.
import type { Operator } from "../operator/operator.ts";
import { endOperator, lookAtOperator } from "./operate.ts";
import type { PdState } from "./pd-state.ts";
import { lookAtGaps, patrol } from "./schedule.ts";
import type { Turn } from "./turn.ts";

export function onTick(turn: Turn): void {
  const { state, nowMs } = turn;
  lookAtGaps(state, nowMs);
  if (state.stores.lookAtLiveness(nowMs, state.options)) state.revision += 1;
  lookAtOperators(turn);
  finishRemovals(state);
  if (state.isPrepared && state.isSchedulingEnabled) patrol(turn);
}

function lookAtOperators(turn: Turn): void {
  for (const operator of turn.state.operators.running) {
    const entry = turn.state.regions.byId(operator.regionId);
    if (entry !== undefined) lookAtOperator(turn, entry, operator);
    else endIfUnreported(turn, operator);
  }
}

/** Its region was split and has not said what it has kept; it does so at once, if it is still there. */
function endIfUnreported({ state, nowMs }: Turn, operator: Operator): void {
  // Not since its step began: a snapshot may have been under way for minutes when the child reports first.
  const quietMs = nowMs - (operator.unreportedMs ?? operator.stepStartedMs);
  if (quietMs >= state.options.stepTimeoutMs) endOperator(state, operator, "region-gone");
}

/**
 * A store is called empty only while every key's region is known: an unknown one could be there.
 * Operators that were to add to it have just been ended.
 */
function finishRemovals(state: PdState): void {
  for (const store of state.stores.all) {
    if (store.state !== "removing" || state.regions.countsOf(store.id).peers > 0) continue;
    if (state.regions.gaps > 0) {
      store.obstacle = "regions-unreported";
      continue;
    }
    state.stores.setState(store, "removed");
    state.isMetaUnsaved = true;
    state.revision += 1;
  }
}
