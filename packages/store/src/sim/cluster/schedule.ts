// What is enough to run one seed again. A whole schedule says where all chance comes from; one with a script
// says what was chosen, by name: which steps waited, which faults came, what the clients did. Of a script
// any part can be cut out, and what no longer finds its step is passed over.
import type { StepDelay } from "../explore/waiting-line.ts";
import type { FaultMoment } from "../faults/injector.ts";
import type { ClientScript } from "./client-script.ts";
import type { Plan } from "./plan.ts";

export type Script = {
  /** The rest goes in the order in which it came into being. */
  readonly delays: readonly StepDelay[];
  readonly faults: readonly FaultMoment[];
  readonly clients: readonly ClientScript[];
};

export type Schedule = {
  readonly seed: number;
  readonly profile: string;
  /** Choices of the chaos. */
  readonly steps: number;
  /** Kept with a schedule that is to last: what a seed's plan is changes with how plans are drawn. */
  readonly plan?: Plan;
  /** Left out: an explorer chooses, and faults and operations are drawn. */
  readonly script?: Script;
};

/** Of one seed, unless it is told otherwise. */
export const CHAOS_STEPS = 20_000;

export function wholeSchedule(seed: number, profile: string, steps = CHAOS_STEPS): Schedule {
  return { seed, profile, steps };
}
