/** From a seed that fails to its report: what is broken, where, and a short schedule that shows it. */
import { type Action, formatAction, parseAction } from "./action.ts";
import type { Sabotage } from "./sabotage.ts";
import { shrink } from "./shrink.ts";
import { type Run, replay, run } from "./simulate.ts";
import type { Invariant } from "./violation.ts";

export type RaftViolation = {
  readonly seed: number;
  /** At which the unshrunk run failed; equal to the number of steps where it failed to settle. */
  readonly step: number;
  readonly invariant: Invariant;
  readonly message: string;
  /** One action a line: `kind peer a b`. */
  readonly schedule: readonly string[];
  /** Of the shrunk schedule's replay. */
  readonly hash: string;
};

/** Plays a seed whose run is known to fail once more, and shrinks its schedule. */
export function findViolation(
  seed: number,
  steps: number,
  sabotage?: Sabotage,
): RaftViolation | undefined {
  const actions: Action[] = [];
  const { violation, steps: step } = run(seed, steps, sabotage, actions);
  if (violation === undefined) return undefined;
  const { invariant } = violation;
  const isFailing = (candidate: readonly Action[]) =>
    replay(seed, candidate, sabotage).violation?.invariant === invariant;
  const schedule = shrink(actions, isFailing);
  const last = replay(seed, schedule, sabotage);
  const message = last.violation?.message ?? violation.message;
  const lines = schedule.map(formatAction);
  return { seed, step, invariant, message, schedule: lines, hash: last.hash };
}

/** The run that a report describes; its hash is the report's. */
export function replayLines(seed: number, lines: readonly string[], sabotage?: Sabotage): Run {
  return replay(seed, lines.map(parseAction), sabotage);
}
