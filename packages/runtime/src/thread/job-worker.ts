// Where the pool runs jobs: it finds the job by its module and gives it an environment of its own.
import { workerData } from "node:worker_threads";
import { toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { Environment } from "../platform/environment.ts";
import { loadEnvironment } from "./environment-source.ts";
import { ModuleSource } from "./module-source.ts";
import { guardNative } from "./native-guard.ts";
import { ThreadBoard } from "./thread-board.ts";
import type { EnvironmentSource } from "./thread-setup.ts";

export type JobWorkerData = {
  readonly board: SharedArrayBuffer;
  readonly environment: EnvironmentSource | undefined;
  readonly seed: number;
};

export type PoolTask = {
  readonly url: string;
  readonly name: string;
  /** Run the job with these arguments, or undo a result that nobody takes. */
  readonly work: { readonly kind: "run"; readonly args: unknown } | Release;
};
type Release = { readonly kind: "release"; readonly result: unknown };

type AnyJob = JobDefinition<unknown, unknown>;

const modules = new ModuleSource();
let environment: Promise<Environment> | undefined;

/** Never rejects: what a job throws is its outcome. */
export async function runTask(task: PoolTask): Promise<JobOutcome<unknown>> {
  try {
    environment ??= openEnvironment();
    const job = await modules.find<AnyJob>(task.url, task.name, "run");
    return { kind: "done", value: await perform(job, await environment, task.work) };
  } catch (error) {
    return { kind: "failed", error: toErrorData(error) };
  }
}

function perform(job: AnyJob, given: Environment, work: PoolTask["work"]): unknown {
  return work.kind === "run" ? job.run(given, work.args) : job.release?.(given, work.result);
}

function openEnvironment(): Promise<Environment> {
  const data = workerData as JobWorkerData;
  const board = new ThreadBoard(data.board);
  const line = board.claimJobThread();
  guardNative(board, line);
  const request = { thread: undefined, seed: data.seed + line };
  return loadEnvironment(data.environment, request, modules);
}
