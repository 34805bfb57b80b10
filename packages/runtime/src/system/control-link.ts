// The coordinator's calls to one thread. Each ends: by its answer, by its deadline, or by the thread's death.
import type { Worker } from "node:worker_threads";
import { wrap } from "comlink";
import { fromErrorData } from "../actor/error-data.ts";
import type { ErrorData } from "../actor/outcome.ts";
import type { Timers } from "../platform/timers.ts";
import { type ClosableEndpoint, comlinkEndpoint } from "../thread/comlink-endpoint.ts";
import type { ThreadControl } from "../thread/thread-control.ts";
import { SystemError } from "./system-error.ts";

/** Every method of the thread's control plane, with its answer as a promise. */
export type RemoteControl = {
  readonly [Method in keyof ThreadControl]: ThreadControl[Method] extends (
    ...args: infer Args
  ) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never;
};

export class ControlLink {
  readonly #thread: number;
  /** Held for the life of the thread: a collected proxy would lose its answers. */
  readonly #remote: RemoteControl;
  readonly #endpoint: ClosableEndpoint;
  readonly #timers: Timers;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<(error: SystemError) => void>();
  #death: SystemError | undefined;

  constructor(thread: number, worker: Worker, timers: Timers, timeoutMs: number) {
    this.#thread = thread;
    this.#endpoint = comlinkEndpoint(worker);
    this.#remote = wrap(this.#endpoint) as unknown as RemoteControl;
    this.#timers = timers;
    this.#timeoutMs = timeoutMs;
  }

  /** @param timeoutMs `Infinity` where the thread's death is the only other end. */
  call<Value>(
    what: string,
    run: (remote: RemoteControl) => Promise<Value>,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<Value> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    return new Promise<Value>((resolve, reject) => {
      const late = (): void => end(this.#late(what, timeoutMs));
      const cancel = Number.isFinite(timeoutMs) ? this.#timers.after(timeoutMs, late) : () => {};
      const settle = (): void => {
        cancel();
        this.#waiting.delete(end);
      };
      const end = (error: unknown): void => {
        settle();
        reject(error);
      };
      this.#waiting.add(end);
      run(this.#remote).then((value) => {
        settle();
        resolve(value);
      }, end);
    });
  }

  /** The thread is dead: whoever waits is told, whoever calls later too. */
  die(error: ErrorData | undefined): void {
    const cause = error && { cause: fromErrorData(error) };
    const message = `thread ${this.#thread} has died`;
    this.#death = new SystemError("ERR_MULTIRAFT_THREAD_DEAD", message, cause);
    for (const end of [...this.#waiting]) end(this.#death);
    this.#endpoint.close();
  }

  #late(what: string, timeoutMs: number): SystemError {
    const message = `thread ${this.#thread} did not answer "${what}" within ${timeoutMs} ms`;
    return new SystemError("ERR_MULTIRAFT_CONTROL_TIMEOUT", message);
  }
}
