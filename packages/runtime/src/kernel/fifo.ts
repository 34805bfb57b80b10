// A queue over an array that grows by doubling: constant time at both ends, no allocation at rest.
// It gives its memory back when it has been emptied after a burst.
import { assert } from "../assert.ts";

const CAPACITY_MIN = 16;
/** An emptied queue above this starts over small: 10,000 idle mailboxes must not keep their worst day. */
const CAPACITY_KEPT = 256;

export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #mask = -1;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    if (this.#size > this.#mask) this.#grow();
    this.#items[(this.#head + this.#size) & this.#mask] = item;
    this.#size += 1;
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#size -= 1;
    if (this.#size === 0 && this.#mask >= CAPACITY_KEPT) this.#reset();
    return item;
  }

  at(index: number): Item {
    assert(index >= 0 && index < this.#size, "the index is outside of the queue");
    return this.#items[(this.#head + index) & this.#mask] as Item;
  }

  /** Linear: for tests and scripted orders. */
  removeAt(index: number): Item {
    const item = this.at(index);
    for (let i = index; i > 0; i -= 1)
      this.#items[(this.#head + i) & this.#mask] = this.#items[(this.#head + i - 1) & this.#mask];
    this.shift();
    return item;
  }

  #reset(): void {
    this.#items = [];
    this.#mask = -1;
    this.#head = 0;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_MIN, (this.#mask + 1) * 2);
    const grown: (Item | undefined)[] = new Array(capacity);
    for (let i = 0; i < this.#size; i += 1) grown[i] = this.at(i);
    this.#items = grown;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
