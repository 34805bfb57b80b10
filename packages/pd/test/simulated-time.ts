// Time that moves by itself from one event to the next; events of the same moment keep their order.

/** Nothing happens in between. */
const STEP_MS = 10;

export class SimulatedTime {
  nowMs = 0;
  readonly #events = new Map<number, (() => void)[]>();

  after(delayMs: number, event: () => void): void {
    const atMs = this.nowMs + Math.ceil(delayMs / STEP_MS) * STEP_MS;
    const events = this.#events.get(atMs);
    if (events === undefined) this.#events.set(atMs, [event]);
    else events.push(event);
  }

  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.nowMs < endMs) {
      for (const event of this.#events.get(this.nowMs) ?? []) event(); // those added on the way too
      this.#events.delete(this.nowMs);
      this.nowMs += STEP_MS;
    }
  }
}
