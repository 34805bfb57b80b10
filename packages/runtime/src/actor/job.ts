// A job is a plain function over the platform, run away from the actor threads and never aborted.
import type { Environment } from "../platform/environment.ts";

export type JobDefinition<Args, Result> = {
  readonly url: string;
  readonly name: string;
  run(environment: Environment, args: Args): Result;
  /** Undoes a result that came back after the asking life had ended (a file without an owner). */
  release?(environment: Environment, result: Result): void;
};

export function defineJob<Args, Result>(
  definition: JobDefinition<Args, Result>,
): JobDefinition<Args, Result> {
  return definition;
}
