// Time that stands still until somebody moves it.
import { assert } from "../assert.ts";
import type { Clock } from "../platform/environment.ts";

/** The epoch of simulated wall clocks: any fixed moment, so that runs are equal. */
const WALL_ORIGIN_MS = 1_700_000_000_000;

export class VirtualClock implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return WALL_ORIGIN_MS + this.#nowMs;
  }

  moveTo(nowMs: number): void {
    assert(nowMs >= this.#nowMs, "time was moved backwards");
    this.#nowMs = nowMs;
  }
}
