// Starts performed operations at once, on this thread. What throws or rejects has failed.
import { toErrorData } from "../actor/error-data.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { Performer, PerformTask } from "./job-runner.ts";

export class ImmediatePerformer implements Performer {
  start(task: PerformTask): void {
    const started = attempt(() => task.start());
    if (isPromise(started)) started.then((outcome) => task.settle(outcome));
    else task.settle(started);
  }
}

/** Never rejects and never throws: what goes wrong is an outcome. */
export function attempt(
  start: () => unknown,
): JobOutcome<unknown> | PromiseLike<JobOutcome<unknown>> {
  try {
    const started = start();
    return isPromise(started) ? started.then(done, failed) : done(started);
  } catch (error) {
    return failed(error);
  }
}

function done(value: unknown): JobOutcome<unknown> {
  return { kind: "done", value };
}

function failed(error: unknown): JobOutcome<unknown> {
  return { kind: "failed", error: toErrorData(error) };
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
