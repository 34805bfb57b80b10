// Operators in motion: starting, looking at them, ending them. Whoever calls this has a fresh entry of
// the region.
import { assert } from "@multiraft/runtime";
import { advance } from "../operator/advance.ts";
import { refuseSteps } from "../operator/check-steps.ts";
import type { Operator, Plan } from "../operator/operator.ts";
import type { OperatorOutcome } from "../protocol/operator.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { takeIds } from "./id-allocator.ts";
import type { PdState } from "./pd-state.ts";
import type { Turn } from "./turn.ts";

/** The first order goes out at once. The plan must fit the entry. */
export function startOperator(turn: Turn, entry: RegionEntry, plan: Plan): Operator {
  const { state } = turn;
  assert(entry.leader !== undefined, "a plan for a region without a leader");
  const { MAX_SAFE_INTEGER } = Number;
  const refusal = refuseSteps(
    entry.region,
    entry.leader,
    plan.steps,
    state.stores,
    MAX_SAFE_INTEGER,
  );
  assert(refusal === undefined, () => `a plan that cannot be carried out: ${refusal}`);
  const operator = state.operators.start(takeIds(state.ids, 1), plan, entry, turn.nowMs);
  state.revision += 1;
  lookAtOperator(turn, entry, operator);
  return operator;
}

/** @returns Whether it is still running. */
export function lookAtOperator(turn: Turn, entry: RegionEntry, operator: Operator): boolean {
  const result = advance(turn.view, entry, operator);
  if (result.kind === "ended") {
    endOperator(turn.state, operator, result.outcome);
    return false;
  }
  turn.state.operators.refreshInfluence(operator, entry);
  if (result.kind === "order" && entry.orders !== undefined)
    turn.orders.push({ to: entry.orders, order: result.order });
  return true;
}

export function endOperator(state: PdState, operator: Operator, outcome: OperatorOutcome): void {
  state.operators.end(operator, outcome);
  state.revision += 1;
}
