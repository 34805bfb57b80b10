// One look at a running operator, after a report of its region or at a tick: which step it has
// reached, whether that step's order is to be sent now, or how the operator ended. Pure in all but
// the operator's own progress.
import type { OperatorOutcome } from "../protocol/operator.ts";
import type { OperatorStep, PdOrder } from "../protocol/operator-step.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import type { ClusterView } from "../view/cluster-view.ts";
import type { Operator } from "./operator.ts";
import { explainedConfVer, isStepDone, stepReadiness, stepTimeoutMs } from "./step-progress.ts";

export type Advance =
  | { readonly kind: "order"; readonly order: PdOrder }
  | { readonly kind: "wait" }
  | { readonly kind: "ended"; readonly outcome: OperatorOutcome };

const WAIT: Advance = { kind: "wait" };

export function advance(view: ClusterView, entry: RegionEntry, operator: Operator): Advance {
  const step = reachStep(entry, operator, view.nowMs);
  if (step === undefined) return { kind: "ended", outcome: "done" };
  if (isStale(entry, operator, step)) return { kind: "ended", outcome: "stale" };
  const readiness = stepReadiness(view, entry, operator, step);
  switch (readiness) {
    case "under-way":
      return WAIT;
    case "order":
    case "wait":
      break;
    default:
      return { kind: "ended", outcome: readiness };
  }
  if (isTimedOut(view, entry, operator, step)) return { kind: "ended", outcome: "timed-out" };
  if (readiness === "wait" || isSentLately(view, operator)) return WAIT;
  operator.lastSentMs = view.nowMs;
  return { kind: "order", order: orderOf(entry, operator, step) };
}

/**
 * A snapshot that is on its way has no time limit: given up by the clock, slow ones are begun anew
 * elsewhere and data moves at random. It ends by arriving, or with its replica or its store.
 */
function isTimedOut(
  view: ClusterView,
  entry: RegionEntry,
  operator: Operator,
  step: OperatorStep,
): boolean {
  return view.nowMs - operator.stepStartedMs >= stepTimeoutMs(view.options, entry, step);
}

/** Passes over what the report shows done. */
function reachStep(
  entry: RegionEntry,
  operator: Operator,
  nowMs: number,
): OperatorStep | undefined {
  let step = operator.steps[operator.step];
  while (step !== undefined && isStepDone(entry, step, operator.epoch)) {
    operator.step += 1;
    operator.stepStartedMs = nowMs;
    operator.lastSentMs = undefined;
    step = operator.steps[operator.step];
  }
  return step;
}

/**
 * Somebody else changed the membership too: the plan was thought out for another one. Steps that were
 * seen done explain their change even if it was undone since; the current one only what is there.
 */
function isStale(entry: RegionEntry, operator: Operator, current: OperatorStep): boolean {
  const done = operator.steps.slice(0, operator.step);
  const explained = done.filter(changesMembership).length + explainedConfVer(entry, current);
  return entry.region.epoch.confVer - operator.epoch.confVer > explained;
}

function changesMembership({ kind }: OperatorStep): boolean {
  return kind === "add-learner" || kind === "promote-learner" || kind === "remove-peer";
}

function isSentLately(view: ClusterView, { lastSentMs }: Operator): boolean {
  return lastSentMs !== undefined && view.nowMs - lastSentMs < view.options.orderResendMs;
}

/** Names the epoch of the last report: an order that was overtaken is refused by the region. */
function orderOf({ region }: RegionEntry, operator: Operator, step: OperatorStep): PdOrder {
  const { id: operatorId, regionId } = operator;
  return { kind: "pd-order", operatorId, regionId, epoch: region.epoch, step };
}
