// Whether the placement driver wants nothing: it has no operator running, and made none for a while.
import type { PdStatus } from "@multiraft/pd/protocol";

/** The driver orders something every tick (0.1 s) while it wants something. */
const REST_MS = 600;

export class PdRest {
  #created = -1;
  #restingSinceMs = Number.POSITIVE_INFINITY;

  /** @returns True when it has rested since many of its ticks. */
  look(pd: PdStatus, nowMs: number): boolean {
    const created = Object.values(pd.createdOperators).reduce((sum, count) => sum + count, 0);
    const isResting = pd.runningOperators.length === 0 && created === this.#created;
    this.#created = created;
    if (!isResting) this.#restingSinceMs = Number.POSITIVE_INFINITY;
    else this.#restingSinceMs = Math.min(this.#restingSinceMs, nowMs);
    return nowMs - this.#restingSinceMs >= REST_MS;
  }
}
