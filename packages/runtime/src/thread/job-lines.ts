// Jobs of the lives of one thread. Each goes straight to a thread of the pool, through a port of its own,
// and comes straight back: the main thread only introduces the two to each other.
import type { MessagePort } from "node:worker_threads";
import { codedError, toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { JobRunner, JobTask } from "../kernel/job-runner.ts";
import { JobLoad } from "./job-load.ts";

/** One end of a line to a thread of the pool. */
export type JobLine = {
  readonly port: MessagePort;
  /** How many jobs each thread of the pool has; all who send jobs count there. */
  readonly load: SharedArrayBuffer;
  /** This thread's place there. */
  readonly worker: number;
};

export type ToJobThread =
  | {
      readonly kind: "run";
      readonly number: number;
      readonly url: string;
      readonly name: string;
      readonly args: unknown;
    }
  /** Undo a result that nobody takes. */
  | {
      readonly kind: "release";
      readonly url: string;
      readonly name: string;
      readonly result: unknown;
    }
  /** The result of a job that can be undone has come: from here on it is this side's. */
  | { readonly kind: "taken"; readonly number: number };

export type FromJobThread = {
  readonly number: number;
  readonly outcome: JobOutcome<unknown>;
  /** Kept there until it is taken. */
  readonly isKept: boolean;
};

type Line = {
  readonly port: MessagePort;
  readonly load: JobLoad;
  readonly worker: number;
  readonly running: Map<number, JobTask>;
};

export class JobLines implements JobRunner {
  readonly #wantLines: () => void;
  readonly #onSettled: () => void;
  readonly #lines = new Set<Line>();
  /** Until there are lines. */
  #waiting: JobTask[] = [];
  #undoWaiting: ToJobThread[] = [];
  #lastNumber = 0;

  /**
   * @param wantLines Asks for one line to each thread of the pool; called once, by the first job.
   * @param onSettled After each outcome.
   */
  constructor(wantLines: () => void, onSettled: () => void) {
    let hasAsked = false;
    this.#wantLines = () => {
      if (!hasAsked) wantLines();
      hasAsked = true;
    };
    this.#onSettled = onSettled;
  }

  open({ port, load, worker }: JobLine): void {
    const line: Line = { port, load: new JobLoad(load), worker, running: new Map() };
    this.#lines.add(line);
    port.on("message", (mail: FromJobThread) => this.#settle(line, mail));
    port.on("close", () => this.#lose(line));
    // Whoever waits for a job does not stay alive for it.
    port.unref();
    for (const mail of this.#undoWaiting.splice(0)) this.#post(line, mail);
    for (const task of this.#waiting.splice(0)) this.start(task);
  }

  start(task: JobTask): void {
    const line = this.#leastLoaded();
    if (line === undefined) {
      this.#waiting.push(task);
      this.#wantLines();
      return;
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    line.running.set(number, task);
    const { url, name } = task.definition;
    try {
      this.#post(line, { kind: "run", number, url, name, args: task.args });
    } catch (thrown) {
      line.running.delete(number);
      const cause = toErrorData(thrown);
      const message = `the arguments of ${name} cannot travel`;
      const error = codedError("ERR_MULTIRAFT_JOB", message, cause);
      queueMicrotask(() => task.settle({ kind: "failed", error }));
    }
  }

  release({ url, name, release }: JobDefinition<unknown, unknown>, result: unknown): void {
    if (release === undefined) return;
    const mail = { kind: "release", url, name, result } as const;
    const line = this.#leastLoaded();
    if (line === undefined) this.#undoWaiting.push(mail);
    else this.#post(line, mail);
  }

  /** No job is running any more. */
  close(): void {
    for (const { port, running } of this.#lines) {
      assert(running.size === 0, "the lines of jobs were closed while some were running");
      port.close();
    }
    this.#lines.clear();
  }

  #post(line: Line, mail: ToJobThread): void {
    line.load.add(line.worker);
    try {
      line.port.postMessage(mail);
    } catch (thrown) {
      line.load.subtract(line.worker);
      throw thrown;
    }
  }

  #settle(line: Line, { number, outcome, isKept }: FromJobThread): void {
    const task = line.running.get(number);
    assert(task !== undefined, "a job came back twice");
    line.running.delete(number);
    if (isKept) this.#post(line, { kind: "taken", number });
    task.settle(outcome);
    this.#onSettled();
  }

  /** Its thread has died; the pool starts another one. */
  #lose(line: Line): void {
    if (!this.#lines.delete(line)) return;
    for (const { definition, settle } of line.running.values()) {
      const message = `job ${definition.name} was lost with its thread`;
      settle({ kind: "failed", error: codedError("ERR_MULTIRAFT_JOB", message) });
    }
    line.running.clear();
    this.#onSettled();
  }

  #leastLoaded(): Line | undefined {
    let best: Line | undefined;
    let bestJobs = Number.POSITIVE_INFINITY;
    for (const line of this.#lines) {
      const jobs = line.load.of(line.worker);
      if (jobs >= bestJobs) continue;
      best = line;
      bestJobs = jobs;
    }
    return best;
  }
}
