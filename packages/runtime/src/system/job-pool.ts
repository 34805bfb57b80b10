// The threads on which jobs run. Jobs are never aborted and the pool is closed, not destroyed: both would
// end a thread wherever it stands, and inside a native transaction that hangs the process.
import { Piscina } from "piscina";
import { codedError, toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { JobRunner, JobTask } from "../kernel/job-runner.ts";
import type { JobWorkerData, PoolTask } from "../thread/job-worker.ts";

/** The last jobs of the system may take this long before its end gives up on them. */
const CLOSE_TIMEOUT_MS = 60_000;

/** Jobs come in streams with pauses. By default a thread ends at once, and a new one takes 100 ms. */
const IDLE_MS = 30_000;

export class JobPool implements JobRunner {
  readonly #threads: number;
  readonly #data: JobWorkerData;
  /** Made by the first job: many systems have none. */
  #pool: Piscina | undefined;

  constructor(threads: number, data: JobWorkerData) {
    this.#threads = threads;
    this.#data = data;
  }

  async run(url: string, name: string, work: PoolTask["work"]): Promise<JobOutcome<unknown>> {
    const task: PoolTask = { url, name, work };
    try {
      return (await this.#open().run(task)) as JobOutcome<unknown>;
    } catch (thrown) {
      const error = codedError("ERR_MULTIRAFT_JOB", `job ${name} was lost`, toErrorData(thrown));
      return { kind: "failed", error };
    }
  }

  start(task: JobTask): void {
    const { url, name } = task.definition;
    this.run(url, name, { kind: "run", args: task.args }).then((outcome) => task.settle(outcome));
  }

  release({ url, name, release }: JobDefinition<unknown, unknown>, result: unknown): void {
    if (release !== undefined) this.undo(url, name, result);
  }

  /** Gives a result that nobody takes to the job's `release`, if it has one. */
  undo(url: string, name: string, result: unknown): void {
    void this.run(url, name, { kind: "release", result });
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #open(): Piscina {
    this.#pool ??= new Piscina({
      filename: new URL("../thread/job-worker.js", import.meta.url).href,
      name: "runTask",
      minThreads: 1,
      maxThreads: this.#threads,
      // Its default puts idle threads to sleep inside the event loop, where their own timers freeze.
      atomics: "disabled",
      idleTimeout: IDLE_MS,
      recordTiming: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      workerData: this.#data,
    });
    return this.#pool;
  }
}
