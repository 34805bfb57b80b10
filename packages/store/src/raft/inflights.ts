/**
 * The window of appends that were sent to a peer and not acknowledged: the last index and the
 * payload bytes of each, oldest first, in a ring that grows to what is used and is given back when
 * it drains; a small one only when the peer falls idle. Invariants: indexes ascend strictly; the
 * count never exceeds `messagesMax`; the bytes exceed `bytesMax` by at most one message, since a
 * message larger than the limit must be sendable too.
 */
import { assert } from "./assert.ts";
import { type LogIndex, NO_INDEX } from "./ids.ts";

/**
 * Up to this capacity a drained ring is kept while its group is busy: most have a few appends under
 * way at a time, and would grow it anew with each.
 */
const KEPT_CAPACITY = 16;

export class Inflights {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  /**
   * Two rings of one length: places from `#start` on hold the last index and bytes of an append.
   */
  #indexes: LogIndex[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Places the ring holds memory for. */
  get capacity(): number {
    return this.#indexes.length;
  }

  get isFull(): boolean {
    return this.#count >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(index: LogIndex, bytes: number): void {
    assert(!this.isFull, "an append was sent beyond the window");
    if (this.#count === this.#indexes.length) this.#grow();
    const place = (this.#start + this.#count) % this.#indexes.length;
    this.#indexes[place] = index;
    this.#sizes[place] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Whoever acknowledges `index` has all appends that end at or before it. */
  freeTo(index: LogIndex): void {
    while (this.#count > 0 && (this.#indexes[this.#start] ?? NO_INDEX) <= index) {
      this.#bytes -= this.#sizes[this.#start] ?? 0;
      this.#start = (this.#start + 1) % this.#indexes.length;
      this.#count -= 1;
    }
    if (this.#count === 0 && this.#indexes.length > KEPT_CAPACITY) this.#take([], []);
  }

  /** An idle peer's window holds no memory, however many groups there are. */
  releaseIfEmpty(): void {
    if (this.#count === 0 && this.#indexes.length > 0) this.#take([], []);
  }

  #grow(): void {
    const oldest = this.#start;
    const turned = <Item>(ring: readonly Item[], empty: Item): Item[] => [
      ...ring.slice(oldest),
      ...ring.slice(0, oldest),
      ...new Array<Item>(Math.max(1, ring.length)).fill(empty),
    ];
    this.#take(turned(this.#indexes, NO_INDEX), turned(this.#sizes, 0));
  }

  #take(indexes: LogIndex[], sizes: number[]): void {
    this.#indexes = indexes;
    this.#sizes = sizes;
    this.#start = 0;
  }
}
