// Node's event loop as the host of a thread's loop.
import type { LoopHost } from "../thread/thread-loop.ts";

export class NodeLoop implements LoopHost {
  #timer: NodeJS.Timeout | undefined;
  readonly #keepsAlive: boolean;

  /** @param keepsAlive False where something else decides how long the process lives. */
  constructor(keepsAlive: boolean) {
    this.#keepsAlive = keepsAlive;
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }

  later(delayMs: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, delayMs);
    if (!this.#keepsAlive) this.#timer.unref();
  }

  cancelLater(): void {
    clearTimeout(this.#timer);
  }
}
