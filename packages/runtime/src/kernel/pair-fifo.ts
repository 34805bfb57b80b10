// A queue of pairs over one array: as `Fifo`, with one step of bookkeeping for both members.
import { assert } from "../assert.ts";

const CAPACITY_MIN = 4;
/** An emptied queue above this starts over small: 10,000 idle mailboxes must not keep their worst day. */
const CAPACITY_KEPT = 256;

export class PairFifo<First, Second> {
  /** First and second in turn. */
  #items: (First | Second | undefined)[] = [];
  #mask = -1;
  #head = 0;
  #size = 0;
  /** Of the pair that was shifted or removed last. */
  second: Second | undefined;

  get size(): number {
    return this.#size;
  }

  push(first: First, second: Second): void {
    if (this.#size > this.#mask) this.#grow();
    const at = ((this.#head + this.#size) & this.#mask) * 2;
    this.#items[at] = first;
    this.#items[at + 1] = second;
    this.#size += 1;
  }

  /** The first member; the second is in `second` then. */
  shift(): First | undefined {
    if (this.#size === 0) return undefined;
    const at = this.#head * 2;
    const first = this.#items[at] as First;
    this.second = this.#items[at + 1] as Second;
    this.#items[at] = undefined;
    this.#items[at + 1] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#size -= 1;
    if (this.#size === 0 && this.#mask >= CAPACITY_KEPT) this.#reset();
    return first;
  }

  firstAt(index: number): First {
    return this.#items[this.#place(index)] as First;
  }

  secondAt(index: number): Second {
    return this.#items[this.#place(index) + 1] as Second;
  }

  /** Linear: for tests and scripted orders. */
  removeAt(index: number): First | undefined {
    const [first, second] = [this.firstAt(index), this.secondAt(index)];
    for (let i = index; i > 0; i -= 1) {
      const [to, from] = [this.#place(i), this.#place(i - 1)];
      this.#items[to] = this.#items[from];
      this.#items[to + 1] = this.#items[from + 1];
    }
    this.shift();
    this.second = second;
    return first;
  }

  #place(index: number): number {
    assert(index >= 0 && index < this.#size, "the index is outside of the queue");
    return ((this.#head + index) & this.#mask) * 2;
  }

  #reset(): void {
    this.#items = [];
    this.#mask = -1;
    this.#head = 0;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_MIN, (this.#mask + 1) * 2);
    const grown: (First | Second | undefined)[] = new Array(capacity * 2);
    for (let i = 0; i < this.#size; i += 1) {
      grown[i * 2] = this.firstAt(i);
      grown[i * 2 + 1] = this.secondAt(i);
    }
    this.#items = grown;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
