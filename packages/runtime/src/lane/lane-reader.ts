// The consumer's end of a lane. It reads plainly up to the head it has seen, one atomic load a batch,
// and gives the space back with one atomic store. The position moves before a record is handled, so
// that one which cannot be read never blocks those behind it.
import { assert } from "../assert.ts";
import { HEAD_WORD, type LaneMemory, laneMemory, TAIL_WORD } from "./lane-layout.ts";

export class LaneReader {
  readonly memory: LaneMemory;
  readonly #mask: number;
  #tail: number;
  #released: number;
  #headSeen: number;

  constructor(lane: SharedArrayBuffer) {
    this.memory = laneMemory(lane);
    this.#mask = this.memory.laneBytes - 1;
    this.#tail = Atomics.load(this.memory.control, TAIL_WORD);
    this.#released = this.#tail;
    this.#headSeen = this.#tail;
  }

  /** Looks at the head. @returns True when there are records to take. */
  refresh(): boolean {
    this.#headSeen = Atomics.load(this.memory.control, HEAD_WORD);
    return this.#headSeen !== this.#tail;
  }

  /**
   * The next record up to the head last seen. It stays readable until `release`.
   * @returns Its byte offset into `memory`, or -1 when there is none.
   */
  next(): number {
    while (this.#tail !== this.#headSeen) {
      const offset = this.#tail & this.#mask;
      const length = this.memory.words[offset >> 2] ?? 0;
      assert(length !== 0, "a record without length: the lane is torn");
      this.#tail = (this.#tail + Math.abs(length)) | 0;
      if (length > 0) return offset;
    }
    return -1;
  }

  /** Gives the space of all records taken so far back to the producer. */
  release(): void {
    if (this.#tail === this.#released) return;
    Atomics.store(this.memory.control, TAIL_WORD, this.#tail);
    this.#released = this.#tail;
  }

  /** Bytes taken whose space the producer does not have back yet. */
  get unreleasedBytes(): number {
    return (this.#tail - this.#released) | 0;
  }
}
