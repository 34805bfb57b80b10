// What a full lane could not take, in order, on the sender's side. Bounded in bytes: beyond the bound user
// mail is refused, and while anything waits here the senders get no further turn, so that a slow
// thread slows its senders instead of filling their memory.

/** Waiting mail per lane: sixteen default lanes; a saturated receiver works this off in milliseconds. */
export const OVERFLOW_BYTES_MAX = 4 * 1_024 * 1_024;

export class OverflowList<Entry> {
  readonly #bytesMax: number;
  #entries: { readonly entry: Entry; readonly sizeBytes: number }[] = [];
  /** Entries before this one have left; the array is cut when all have. */
  #first = 0;
  #bytes = 0;

  constructor(bytesMax: number = OVERFLOW_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#first === this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One entry is always taken, whatever its size. @returns False when the bound refuses it. */
  push(entry: Entry, sizeBytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + sizeBytes > this.#bytesMax) return false;
    this.pushAnyway(entry, sizeBytes);
    return true;
  }

  /** As `push`, for what must not be refused: something else bounds it. */
  pushAnyway(entry: Entry, sizeBytes: number): void {
    this.#entries.push({ entry, sizeBytes });
    this.#bytes += sizeBytes;
  }

  /** Hands entries to `place` in order until one is refused. @returns True when none are left. */
  drain(place: (entry: Entry) => boolean): boolean {
    for (;;) {
      const next = this.#entries[this.#first];
      if (next === undefined) return this.#cut();
      if (!place(next.entry)) return false;
      this.#first += 1;
      this.#bytes -= next.sizeBytes;
    }
  }

  /** Empties the list: what the lane will never carry. */
  takeAll(): Entry[] {
    const left = this.#entries.slice(this.#first).map(({ entry }) => entry);
    this.#cut();
    return left;
  }

  #cut(): true {
    this.#entries = [];
    this.#first = 0;
    this.#bytes = 0;
    return true;
  }
}
