// Seeds on several threads. A thread gets one task after the other; whoever has done it, a result is taken in
// the order of the tasks, so that what all of them say together does not depend on the number of threads.
// Nor does it when a run is cut short: what is taken is everything up to the first task that is missing.
import { Worker } from "node:worker_threads";
import type { Done, Given } from "./seed-thread.ts";

/**
 * Room for what a step leaves behind: much of it is garbage when the next one comes, and a small nursery
 * would move it out before. Of a thread, in MiB.
 */
const NURSERY_MIB = 64;

export type SeedThreadsOptions<Task, Result> = {
  /** A module that calls `serveSeeds`. */
  readonly entry: URL;
  readonly jobs: number;
  /** Pulled from when a thread has nothing to do: no more tasks are begun when it ends. */
  readonly tasks: Iterator<Task>;
  /** Ends all threads, whatever they are at. */
  readonly signal: AbortSignal;
  /** In the order of the tasks. @returns False when this was enough. */
  readonly take: (task: Task, result: Result) => boolean;
  /** How a task is named when its thread fails at it. */
  readonly nameOf: (task: Task) => string;
};

/**
 * Ends when all tasks are done, when one was enough, or with the signal.
 * @throws SeedThreadError when a thread failed; what was taken before stays taken.
 */
export async function runOnThreads<Task, Result>(
  options: SeedThreadsOptions<Task, Result>,
): Promise<void> {
  if (options.signal.aborted) return;
  const run = new ThreadedRun(options);
  await run.ended.finally(() => run.close());
}

/** A mistake of the simulation, or of what it runs, that is no violation: named by its task. */
export class SeedThreadError extends Error {
  override readonly name = "SeedThreadError";
}

class ThreadedRun<Task, Result> {
  readonly ended: Promise<void>;
  readonly #options: SeedThreadsOptions<Task, Result>;
  readonly #threads: readonly Worker[];
  readonly #tasks: Task[] = [];
  readonly #underWay = new Map<Worker, Task>();
  /** Done before one that comes before them. */
  readonly #early = new Map<number, Result>();
  #nextPlace = 0;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(options: SeedThreadsOptions<Task, Result>) {
    this.#options = options;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#threads = Array.from({ length: options.jobs }, () => this.#start());
    options.signal.addEventListener("abort", this.#resolve, { once: true });
    for (const thread of this.#threads) this.#giveNext(thread);
    if (this.#tasks.length === 0) this.#resolve();
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#resolve);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #start(): Worker {
    const thread = new Worker(this.#options.entry, {
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MIB },
    });
    thread.on("message", (done: Done<Result>) => this.#onDone(thread, done));
    thread.on("error", (error) => this.#fail(thread, error));
    thread.on("exit", (code) => this.#fail(thread, new Error(`its thread ended with ${code}`)));
    return thread;
  }

  /** It may be the task before that went wrong, when nobody waited for it any more. */
  #fail(thread: Worker, cause: unknown): void {
    const task = this.#underWay.get(thread);
    const where = task === undefined ? "between two tasks" : this.#options.nameOf(task);
    const what = cause instanceof Error ? cause.message : String(cause);
    this.#reject(new SeedThreadError(`${where}: ${what}`, { cause }));
  }

  #giveNext(thread: Worker): void {
    const next = this.#options.tasks.next();
    if (next.done === true) {
      this.#underWay.delete(thread);
      return;
    }
    this.#underWay.set(thread, next.value);
    const given: Given<Task> = { place: this.#tasks.length, task: next.value };
    this.#tasks.push(next.value);
    thread.postMessage(given);
  }

  /** Asked for the next task first: it may be the time that says there is none. */
  #onDone(thread: Worker, { place, result }: Done<Result>): void {
    this.#early.set(place, result);
    this.#giveNext(thread);
    while (this.#early.has(this.#nextPlace)) if (!this.#takeNext()) return this.#resolve();
    if (this.#nextPlace === this.#tasks.length) this.#resolve();
  }

  #takeNext(): boolean {
    const place = this.#nextPlace;
    const result = this.#early.get(place) as Result;
    this.#early.delete(place);
    this.#nextPlace += 1;
    return this.#options.take(this.#tasks[place] as Task, result);
  }
}
