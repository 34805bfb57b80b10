// The clock of one host: the time of the simulation as this machine has it, ahead of it or behind, fast or
// slow. What it shows never falls; its wall clock may jump either way.
import { assert } from "../assert.ts";
import type { Clock } from "../platform/environment.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export class HostClock implements Clock {
  readonly #base: VirtualClock;
  #rate = 1;
  #aheadMs = 0;
  #wallAheadMs = 0;

  constructor(base: VirtualClock) {
    this.#base = base;
  }

  nowMs(): number {
    return this.#base.nowMs() * this.#rate + this.#aheadMs;
  }

  wallMs(): number {
    return this.#base.wallMs() + this.#aheadMs + this.#wallAheadMs;
  }

  /** From now on; what it shows at this moment does not change. */
  setRate(rate: number): void {
    assert(rate > 0, "a clock does not stand still, nor go backwards");
    const shownMs = this.nowMs();
    this.#rate = rate;
    this.#aheadMs = shownMs - this.#base.nowMs() * rate;
  }

  jump(byMs: number): void {
    assert(byMs >= 0, "a monotonic clock does not fall");
    this.#aheadMs += byMs;
  }

  jumpWall(byMs: number): void {
    this.#wallAheadMs += byMs;
  }

  /** When this clock will show `hostMs`, in the time of the simulation. */
  toBaseMs(hostMs: number): number {
    return (hostMs - this.#aheadMs) / this.#rate;
  }
}
