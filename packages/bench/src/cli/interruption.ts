// Ctrl-C and its relatives: the work is told once, and ends in order. A second one changes nothing, since
// what is under way then is the orderly end itself; only an end that does not come is cut short.
import { setMaxListeners } from "node:events";

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Closing waits for jobs under way and for syncs; this is many times what they take. */
const END_MS_MAX = 20_000;

export class Interruption {
  readonly #controller = new AbortController();
  readonly #onSignal: () => void;

  /** @param cutShort Called when the end does not come. */
  constructor(say: (line: string) => void, cutShort: () => void) {
    this.#onSignal = () => {
      if (this.#controller.signal.aborted) return;
      say("interrupted: closing");
      this.#controller.abort(new Interrupted("interrupted"));
      setTimeout(cutShort, END_MS_MAX).unref();
    };
    // Every call under way listens to the one signal: their number is bounded by whoever makes them.
    setMaxListeners(0, this.#controller.signal);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
