// Where jobs and performed operations run. The kernel keeps the account: a life does not end before
// each task that it started has been settled, once.
import type { AnyAddress } from "../actor/address.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";

export type JobTask = {
  readonly owner: AnyAddress;
  readonly definition: JobDefinition<unknown, unknown>;
  readonly args: unknown;
  /** Called once, never before `start` has returned. */
  settle(outcome: JobOutcome<unknown>): void;
};

export interface JobRunner {
  start(task: JobTask): void;
  /** Runs `definition.release` for a result that nobody takes any more. */
  release(definition: JobDefinition<unknown, unknown>, result: unknown): void;
}

export type PerformTask = {
  readonly owner: AnyAddress;
  readonly name: string;
  /** A value, a promise, or a throw. */
  start(): unknown;
  /** Called once. */
  settle(outcome: JobOutcome<unknown>): void;
};

/** Starts what `ctx.perform` was given: at once on a thread, as a step of its own in simulation. */
export interface Performer {
  start(task: PerformTask): void;
}
