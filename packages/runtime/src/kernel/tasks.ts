// Jobs and performed operations of lives. Their outcome is mail to the incarnation that started them; when
// that takes none any more the result is released, and the life, which has waited for it, can end.
import type { MessageShape } from "../actor/definition.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { Cell } from "./cell.ts";
import type { JobRunner, Performer } from "./job-runner.ts";
import type { Post } from "./post.ts";
import { Task } from "./task.ts";

type TasksOptions = {
  readonly jobs: JobRunner;
  readonly performer: Performer;
  readonly post: Post;
  /** The last task of a life that is ending has returned. */
  readonly onReturned: (cell: Cell) => void;
  /** A release threw. */
  readonly onThrow: (cell: Cell, error: unknown) => void;
};

type AnyJob = JobDefinition<unknown, unknown>;
type ToMail = (outcome: JobOutcome<unknown>) => MessageShape;
type Release = ((result: unknown) => void) | undefined;

export class Tasks {
  readonly #o: TasksOptions;

  constructor(options: TasksOptions) {
    this.#o = options;
  }

  job(owner: Cell, definition: AnyJob, args: unknown, toMail: ToMail): void {
    const release =
      definition.release && ((result: unknown) => this.#o.jobs.release(definition, result));
    this.#start(owner, new Task("job", definition.name), toMail, release, (settle) =>
      this.#o.jobs.start({ owner: owner.address, definition, args, settle }),
    );
  }

  perform(owner: Cell, name: string, start: () => unknown, toMail: ToMail, release: Release): void {
    this.#start(owner, new Task("perform", name), toMail, release, (settle) =>
      this.#o.performer.start({ owner: owner.address, name, start, settle }),
    );
  }

  #start(
    owner: Cell,
    task: Task,
    toMail: ToMail,
    release: Release,
    begin: (settle: (outcome: JobOutcome<unknown>) => void) => void,
  ): void {
    owner.lease.tasks.append(task);
    try {
      begin((outcome) => this.#settle(owner, task, toMail, release, outcome));
    } catch (error) {
      if (owner.lease.tasks.has(task)) owner.lease.tasks.remove(task);
      throw error;
    }
  }

  #settle(
    owner: Cell,
    task: Task,
    toMail: ToMail,
    release: Release,
    outcome: JobOutcome<unknown>,
  ): void {
    assert(owner.lease.tasks.has(task), "a job or an operation returned twice");
    owner.lease.tasks.remove(task);
    const discard =
      outcome.kind === "done" && release && (() => this.#release(owner, release, outcome.value));
    this.#o.post.putOwn(owner, () => toMail(outcome), { discard: discard || undefined });
    if (!owner.isHandling) this.#o.onReturned(owner);
  }

  #release(owner: Cell, release: (result: unknown) => void, result: unknown): void {
    try {
      release(result);
    } catch (error) {
      this.#o.onThrow(owner, error);
    }
  }
}
