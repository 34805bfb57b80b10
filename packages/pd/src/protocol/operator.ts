// How operators are told apart and how they end: an operator is a short plan for one region, and
// ends in exactly one of these ways.
import type { OperatorStep } from "./operator-step.ts";

/** Which decision made it. Limits count by this, and so do the figures people look at. */
export const OPERATOR_KINDS = [
  "make-up-replica",
  "adopt-learner",
  "replace-peer",
  "remove-extra",
  "remove-learner",
  "balance-replicas",
  "balance-leaders",
  "by-hand",
] as const;
export type OperatorKind = (typeof OPERATOR_KINDS)[number];

export const OPERATOR_OUTCOMES = [
  "done",
  "stale", // the membership changed more than its steps explain
  "timed-out", // one step took too long; what it began is adopted later
  "region-gone", // another region took the range
  "target-lost", // the store that was to take a replica went down or is being removed
  "leader-is-victim", // the peer to remove became leader again
  "halted", // scheduling was switched off
  "cancelled", // by hand
] as const;
export type OperatorOutcome = (typeof OPERATOR_OUTCOMES)[number];

/** Why a plan cannot be carried out on a region as it is. */
export type StepRefusal =
  | "step-count"
  | "peer-id-out-of-range"
  | "peer-id-in-use"
  | "store-has-peer"
  | "store-not-up"
  | "not-a-learner"
  | "not-a-voter"
  | "no-such-peer"
  | "already-leader"
  | "peer-is-leader"
  | "last-voter"
  | "split-not-last"
  | "split-keys";

export type OperatorRefusal =
  | "unknown-region"
  | "leader-unknown"
  | "other-epoch"
  | "operator-running"
  | "too-many-operators"
  | StepRefusal;

/** `unknown`: never made, or ended so long ago that it is forgotten. */
export type OperatorProgress =
  | { readonly kind: "running"; readonly step: number; readonly steps: readonly OperatorStep[] }
  | { readonly kind: "ended"; readonly outcome: OperatorOutcome }
  | { readonly kind: "unknown" };
