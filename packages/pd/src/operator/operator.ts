// An operator: a plan for one region, carried out one step at a time. `step` only grows.

import type { RegionId } from "../protocol/ids.ts";
import type { OperatorKind } from "../protocol/operator.ts";
import type { OperatorStep } from "../protocol/operator-step.ts";
import type { RegionEpoch } from "../protocol/region.ts";
import type { StoreInfluence } from "../view/expected-counts.ts";

/** What a decision wants. */
export type Plan = { readonly kind: OperatorKind; readonly steps: readonly OperatorStep[] };

export type Operator = Plan & {
  readonly id: number;
  readonly regionId: RegionId;
  /** Of the region when the plan was made: what changed since must be of its own making. */
  readonly epoch: RegionEpoch;
  /** Index of the first step that is not done; the number of steps when all are. */
  step: number;
  stepStartedMs: number;
  /** When its region last left the map because a part of it was reported alone; undefined before that. */
  unreportedMs: number | undefined;
  /** Undefined until the order of the current step has been sent. */
  lastSentMs: number | undefined;
  /** What it is counted with in the expected counts, so that exactly this is taken out again. */
  influences: readonly StoreInfluence[];
};

/** Kinds share a limit: moves for balance must not use up what repairs need, nor the reverse. */
export type LimitGroup = "replica" | "balance-replicas" | "balance-leaders" | "by-hand";

export function limitGroup(kind: OperatorKind): LimitGroup {
  switch (kind) {
    case "balance-replicas":
    case "balance-leaders":
    case "by-hand":
      return kind;
    default:
      return "replica";
  }
}
