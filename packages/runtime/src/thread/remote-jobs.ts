// Jobs of the actors of one thread: the pool belongs to the main thread, which is asked by a port.
import { codedError, toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { JobRunner, JobTask } from "../kernel/job-runner.ts";
import type { ToMain } from "./service-mail.ts";

export class RemoteJobs implements JobRunner {
  readonly #post: (message: ToMain) => void;
  readonly #running = new Map<number, JobTask>();
  #lastNumber = 0;

  /** @param post May throw: for arguments that cannot be cloned. */
  constructor(post: (message: ToMain) => void) {
    this.#post = post;
  }

  start(task: JobTask): void {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    this.#running.set(number, task);
    const { url, name } = task.definition;
    try {
      this.#post({ kind: "job", number, url, name, args: task.args });
    } catch (thrown) {
      const cause = toErrorData(thrown);
      const error = codedError(
        "ERR_MULTIRAFT_JOB",
        `the arguments of ${name} cannot travel`,
        cause,
      );
      queueMicrotask(() => this.settle(number, { kind: "failed", error }));
    }
  }

  release({ url, name, release }: JobDefinition<unknown, unknown>, result: unknown): void {
    if (release !== undefined) this.#post({ kind: "release-result", url, name, result });
  }

  settle(number: number, outcome: JobOutcome<unknown>): void {
    const task = this.#running.get(number);
    this.#running.delete(number);
    task?.settle(outcome);
  }
}
