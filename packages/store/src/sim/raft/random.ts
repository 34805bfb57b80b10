/**
 * Chance that can be repeated: a generator of 32-bit numbers from a seed. Streams that belong to
 * different parts of a run are forked by number, so that one more draw in one disturbs no other.
 */

/** The golden ratio's share of 2^32: the step of the counter that is mixed (SplitMix). */
const STEP = 0x9e37_79b9;

export class Random {
  #counter: number;

  constructor(seed: number) {
    this.#counter = mix(seed ^ STEP);
  }

  /** A stream of its own for each number, the same whatever was drawn here. */
  static fork(seed: number, stream: number): Random {
    return new Random(mix(seed) ^ Math.imul(stream + 1, STEP));
  }

  /** A whole number of `[0, exclusiveMax)`. */
  below(exclusiveMax: number): number {
    this.#counter = (this.#counter + STEP) | 0;
    return (mix(this.#counter) >>> 0) % exclusiveMax;
  }

  /** A whole number of `[min, max]`. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

function mix(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
