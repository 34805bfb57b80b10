/**
 * One seed from its features to its verdict, and the replay of a schedule. The same seed and steps,
 * or the same schedule, give the same hash on every machine.
 */
import { RaftInvariantError } from "../../raft/index.ts";
import type { Action } from "./action.ts";
import type { CoverageCounts } from "./coverage.ts";
import { drawFeatures } from "./features.ts";
import { Group } from "./group.ts";
import type { Sabotage } from "./sabotage.ts";
import { Schedule } from "./schedule.ts";
import { settle } from "./settle.ts";
import { Violation } from "./violation.ts";

export type Run = {
  readonly steps: number;
  readonly hash: string;
  readonly coverage: CoverageCounts;
  readonly violation: Violation | undefined;
};

/** The verdict on steps that are drawn from the seed. @param record Gets each of them. */
export function run(seed: number, steps: number, sabotage?: Sabotage, record?: Action[]): Run {
  const group = new Group(seed, drawFeatures(seed), sabotage);
  const schedule = new Schedule(seed, group);
  return play(group, steps, () => {
    const action = schedule.next();
    record?.push(action);
    return action;
  });
}

/** The verdict on given steps, in the group of that seed. */
export function replay(seed: number, schedule: readonly Action[], sabotage?: Sabotage): Run {
  const group = new Group(seed, drawFeatures(seed), sabotage);
  return play(group, schedule.length, (step) => schedule[step]);
}

function play(group: Group, stepsMax: number, at: (step: number) => Action | undefined): Run {
  let steps = 0;
  const violation = violationIn(() => {
    for (; steps < stepsMax; steps++) {
      const action = at(steps);
      if (action !== undefined) group.perform(action);
    }
    if (group.features.mustSettle) settle(group);
  });
  const { coverage, hash } = group;
  return { steps, hash: hash.value, coverage: coverage.counts, violation };
}

/** An error that is neither a broken promise nor a failed assertion is a fault of the simulation. */
function violationIn(play: () => void): Violation | undefined {
  try {
    play();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    if (!(error instanceof RaftInvariantError)) throw error;
    const name = "the core's own assertions hold";
    return new Violation(name, error.message, { cause: error });
  }
}
