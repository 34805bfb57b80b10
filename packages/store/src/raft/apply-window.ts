/**
 * Which committed entries are being applied, and how many bytes of them are under way.
 * Invariant: `applied <= applying`, and neither falls. The limit counts all batches that are not
 * acknowledged; a batch is never empty, so a single entry may exceed it.
 */
import { assert } from "./assert.ts";
import { type LogIndex, maxIndex } from "./ids.ts";

export class ApplyWindow {
  /** Highest index known to be applied. */
  applied: LogIndex;
  /** Highest index handed out to be applied. */
  applying: LogIndex;
  /** Nothing more is handed out until a batch is acknowledged. */
  isPaused = false;
  readonly bytesMax: number;
  #outstandingBytes = 0;

  constructor(applied: LogIndex, bytesMax: number) {
    this.applied = applied;
    this.applying = applied;
    this.bytesMax = bytesMax;
  }

  get remainingBytes(): number {
    return this.bytesMax - this.#outstandingBytes;
  }

  /** A batch that ends before the last entry that could be applied was cut short by the limit. */
  accept(last: LogIndex, bytes: number, appliableIndex: LogIndex): void {
    assert(last > this.applying, "a batch was handed out to be applied twice");
    this.applying = last;
    this.#outstandingBytes += bytes;
    this.isPaused = this.#outstandingBytes >= this.bytesMax || last < appliableIndex;
  }

  acknowledge(index: LogIndex, bytes: number): void {
    assert(index >= this.applied, "the applied index fell");
    this.applied = index;
    this.applying = maxIndex(this.applying, index);
    this.#outstandingBytes = Math.max(0, this.#outstandingBytes - bytes);
    this.isPaused = this.#outstandingBytes >= this.bytesMax;
  }
}
