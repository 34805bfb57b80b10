// The event loop that hosts a thread's loop.

export interface LoopHost {
  /** Calls back once, after what the event loop has to do now. */
  soon(callback: () => void): void;
  /** Calls back once after `delayMs`; replaces what was set before. */
  later(delayMs: number, callback: () => void): void;
  cancelLater(): void;
}

/** Node's. */
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
