// Probabilistic concurrency testing (Burckhardt and others, 2010): each actor has a priority of chance,
// the highest that can go goes, and at depth - 1 moments of chance whoever has just gone falls behind all
// others. Finds bugs that need `depth` ordered events with a known probability.
import type { Random } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";
import type { Explorer } from "./explorer.ts";

/** Priorities are drawn anew after so many steps: a run is long against the bugs in it. */
const ROUND_STEPS = 400;

export class Priorities implements Explorer {
  readonly name: string;
  readonly #random: Random;
  readonly #depth: number;
  readonly #priorities = new Map<string, number>();
  #falls = new Set<number>();
  #step = 0;

  constructor(random: Random, depth: number) {
    this.name = `priorities of depth ${depth}`;
    this.#random = random;
    this.#depth = depth;
  }

  choose(candidates: readonly Candidate[]): number {
    if (this.#step % ROUND_STEPS === 0) this.#drawRound();
    const chosen = this.#highest(candidates);
    const key = candidates[chosen]?.actorKey;
    // Below all that were drawn, and below those that fell before.
    if (key !== undefined && this.#falls.has(this.#step)) this.#priorities.set(key, -this.#step);
    this.#step += 1;
    return chosen;
  }

  #drawRound(): void {
    this.#priorities.clear();
    const falls = Array.from(
      { length: this.#depth - 1 },
      () => this.#step + this.#random.below(ROUND_STEPS),
    );
    this.#falls = new Set(falls);
  }

  #highest(candidates: readonly Candidate[]): number {
    let best = 0;
    let bestPriority = Number.NEGATIVE_INFINITY;
    candidates.forEach(({ actorKey }, place) => {
      const priority = this.#priorityOf(actorKey);
      if (priority <= bestPriority) return;
      best = place;
      bestPriority = priority;
    });
    return best;
  }

  #priorityOf(key: string): number {
    const known = this.#priorities.get(key);
    if (known !== undefined) return known;
    const drawn = this.#random.unit();
    this.#priorities.set(key, drawn);
    return drawn;
  }
}
