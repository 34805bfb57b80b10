// How long to wait before the next try: twice as long each time, with chance in it, so that clients who
// failed together do not come back together.
import type { Random } from "@multiraft/runtime";

/** A leader that is being told of its lease needs a few milliseconds. */
const FIRST_MS = 4;
/** An election takes about ten times this: it is found soon after its end. */
const LAST_MS = 250;

export class Backoff {
  readonly #random: Random;
  #limitMs = FIRST_MS;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Between half of the limit and all of it. */
  nextMs(): number {
    const delayMs = this.#limitMs * (0.5 + this.#random.unit() / 2);
    this.#limitMs = Math.min(LAST_MS, this.#limitMs * 2);
    return delayMs;
  }
}
