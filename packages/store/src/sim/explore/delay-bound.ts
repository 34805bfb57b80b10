// The oldest step goes first, but for a bounded number of delays: an actor that was to go waits while
// many others do (Emmi, Qadeer and Rakamarić, 2011). Shows what one late thread can do by itself.
import type { Random } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";
import type { Explorer } from "./explorer.ts";

const DELAY_STEPS_MAX = 400;
/** Delays are spread over about as many steps as a run has. */
const RUN_STEPS = 20_000;

export class DelayBound implements Explorer {
  readonly name: string;
  readonly #random: Random;
  readonly #delays: number;
  /** By actor: the step from which it may go again. */
  readonly #delayed = new Map<string, number>();
  #step = 0;

  constructor(random: Random, delays: number) {
    this.name = `${delays} delays`;
    this.#random = random;
    this.#delays = delays;
  }

  choose(candidates: readonly Candidate[]): number {
    this.#step += 1;
    const first = this.#firstInTime(candidates);
    const key = candidates[first]?.actorKey;
    if (key === undefined || this.#random.below(RUN_STEPS) >= this.#delays) return first;
    this.#delayed.set(key, this.#step + this.#random.below(DELAY_STEPS_MAX));
    return this.#firstInTime(candidates);
  }

  /** The oldest of all when each is delayed. */
  #firstInTime(candidates: readonly Candidate[]): number {
    const place = candidates.findIndex(({ actorKey }) => !this.#isDelayed(actorKey));
    return Math.max(0, place);
  }

  #isDelayed(key: string): boolean {
    const until = this.#delayed.get(key);
    if (until === undefined) return false;
    if (until > this.#step) return true;
    this.#delayed.delete(key);
    return false;
  }
}
