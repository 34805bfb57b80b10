/**
 * The window of appends that were sent to a peer and not acknowledged: the last index and the
 * payload bytes of each, oldest first, in a ring that grows to what is used and is given back when
 * it drains. Invariants: indexes ascend strictly; the count never exceeds `messagesMax`; the bytes
 * exceed `bytesMax` by at most one message, since a message larger than the limit must be sendable
 * too.
 */
import { assert } from "./assert.ts";
import type { LogIndex } from "./ids.ts";

type Sent = { readonly index: LogIndex; readonly bytes: number };

/**
 * Below this capacity a drained ring is kept: most groups have a few appends under way at a time.
 */
const KEPT_CAPACITY = 16;

export class Inflights {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #ring: (Sent | undefined)[] = [];
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

  get isFull(): boolean {
    return this.#count >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(index: LogIndex, bytes: number): void {
    assert(!this.isFull, "an append was sent beyond the window");
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#start + this.#count) % this.#ring.length] = { index, bytes };
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Whoever acknowledges `index` has all appends that end at or before it. */
  freeTo(index: LogIndex): void {
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      if (oldest.index > index) return;
      this.#ring[this.#start] = undefined;
      this.#start = (this.#start + 1) % this.#ring.length;
      this.#count -= 1;
      this.#bytes -= oldest.bytes;
    }
    if (this.#ring.length > KEPT_CAPACITY) this.#ring = [];
    this.#start = 0;
  }

  #oldest(): Sent | undefined {
    return this.#count === 0 ? undefined : this.#ring[this.#start];
  }

  #grow(): void {
    const capacity = Math.min(this.#messagesMax, Math.max(1, this.#ring.length * 2));
    const ring = new Array<Sent | undefined>(capacity).fill(undefined);
    for (let i = 0; i < this.#count; i++)
      ring[i] = this.#ring[(this.#start + i) % this.#ring.length];
    this.#ring = ring;
    this.#start = 0;
  }
}
