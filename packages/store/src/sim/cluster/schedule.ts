// What is enough to run one seed again, as a whole or made smaller: which faults are left out, from which
// step on the chaos is over, and where the oldest step is taken instead of a chosen one.

import type { Plan } from "./plan.ts";

export type Schedule = {
  readonly seed: number;
  readonly profile: string;
  /** Choices of the chaos. */
  readonly steps: number;
  /** Numbers of faults that do not happen. */
  readonly withoutFaults: readonly number[];
  /** Steps [from, to) in which nothing is chosen: the oldest goes. */
  readonly oldestFirst: readonly (readonly [number, number])[];
  /** Kept with a schedule that is to last: what a seed's plan is changes with how plans are drawn. */
  readonly plan?: Plan;
};

/** Of one seed, unless it is told otherwise. */
export const CHAOS_STEPS = 20_000;

export function wholeSchedule(seed: number, profile: string, steps = CHAOS_STEPS): Schedule {
  return { seed, profile, steps, withoutFaults: [], oldestFirst: [] };
}
