// Numbers whose popularity falls with a power of their rank, drawn in constant time by the inversion of
// Gray et al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994), section 3.2.
import { assert, type Random } from "@multiraft/runtime";

/** YCSB's constant: the most popular of 1,000 records gets about an eighth of all requests. */
export const ZIPFIAN_THETA = 0.99;

export class Zipfian {
  readonly #theta: number;
  readonly #zeta2: number;
  #items = 0;
  #zeta = 0;

  /** @param items Ranks to draw from, at least 1. `extend` adds more. */
  constructor(items: number, theta = ZIPFIAN_THETA) {
    assert(theta > 0 && theta < 1, "a Zipfian exponent lies between 0 and 1");
    this.#theta = theta;
    this.#zeta2 = 1 + 0.5 ** theta;
    this.extend(items);
  }

  get items(): number {
    return this.#items;
  }

  /** @returns A rank from 0, the most popular, to `items` - 1. */
  draw(random: Random): number {
    const u = random.unit();
    const scaled = u * this.#zeta;
    if (scaled < 1) return 0;
    if (scaled < this.#zeta2) return Math.min(1, this.#items - 1);
    const alpha = 1 / (1 - this.#theta);
    const eta = (1 - (2 / this.#items) ** (1 - this.#theta)) / (1 - this.#zeta2 / this.#zeta);
    return Math.min(this.#items - 1, Math.floor(this.#items * (eta * u - eta + 1) ** alpha));
  }

  /** More ranks at the unpopular end: the sum goes on where it was. */
  extend(items: number): void {
    assert(
      Number.isSafeInteger(items) && items >= Math.max(1, this.#items),
      "ranks are only added",
    );
    for (let rank = this.#items + 1; rank <= items; rank += 1) this.#zeta += rank ** -this.#theta;
    this.#items = items;
  }
}
