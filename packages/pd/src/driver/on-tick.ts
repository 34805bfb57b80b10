// What time alone brings: orders to repeat, steps that took too long, stores that fell silent, stores
// that are empty at last, and the next few regions of the patrol.
import { assert } from "@multiraft/runtime";
import { lookAtOperator } from "./operate.ts";
import type { PdState } from "./pd-state.ts";
import { lookIfPrepared, patrol } from "./schedule.ts";
import type { Turn } from "./turn.ts";

export function onTick(turn: Turn): void {
  const { state, nowMs } = turn;
  lookIfPrepared(state, nowMs);
  if (state.stores.lookAtLiveness(nowMs, state.options)) state.revision += 1;
  lookAtOperators(turn);
  finishRemovals(state);
  if (state.isPrepared && state.isSchedulingEnabled) patrol(turn);
}

function lookAtOperators(turn: Turn): void {
  for (const operator of turn.state.operators.running) {
    const entry = turn.state.regions.byId(operator.regionId);
    assert(entry !== undefined, "an operator outlived its region");
    lookAtOperator(turn, entry, operator);
  }
}

/** A store is called empty only while every key's region is known: an unknown one could be there. */
function finishRemovals(state: PdState): void {
  for (const store of state.stores.all) {
    if (store.state !== "removing" || state.regions.countsOf(store.id).peers > 0) continue;
    if (state.operators.expected.of(store.id).peers > 0) continue;
    if (state.regions.gaps > 0) {
      store.obstacle = "regions-unreported";
      continue;
    }
    state.stores.setState(store, "removed");
    state.isMetaUnsaved = true;
    state.revision += 1;
  }
}
