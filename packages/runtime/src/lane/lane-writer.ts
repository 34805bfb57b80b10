// The producer's end of a lane. Nothing it writes is visible before `publish` moves the head, so a
// producer that dies between any two steps leaves no half record. It never waits: a claim that does
// not fit is refused, and whoever claims decides what becomes of the record.
import { assert } from "../assert.ts";
import {
  HEAD_WORD,
  type LaneMemory,
  laneMemory,
  PUBLISHED_MAIL_FLOAT,
  RECORD_ALIGN_BYTES,
  recordBytesMax,
  TAIL_WORD,
} from "./lane-layout.ts";

export class LaneWriter {
  readonly memory: LaneMemory;
  readonly recordBytesMax: number;
  readonly #mask: number;
  /** Positions are signed 32-bit numbers that wrap; only their differences mean something. */
  #head: number;
  #published: number;
  /** The consumer's position when last looked at: read again only when the lane seems full. */
  #tailSeen: number;
  #mailClaimed: number;

  constructor(lane: SharedArrayBuffer) {
    this.memory = laneMemory(lane);
    this.#mask = this.memory.laneBytes - 1;
    this.recordBytesMax = recordBytesMax(this.memory.laneBytes);
    this.#head = Atomics.load(this.memory.control, HEAD_WORD);
    this.#published = this.#head;
    this.#tailSeen = Atomics.load(this.memory.control, TAIL_WORD);
    this.#mailClaimed = this.memory.counts[PUBLISHED_MAIL_FLOAT] ?? 0;
  }

  /**
   * Room for a record of `recordBytes`, its first word included, which this writes: the length.
   * @returns Byte offset into `memory`, a multiple of 8, or -1 while the lane is full.
   */
  claim(recordBytes: number): number {
    assert(recordBytes <= this.recordBytesMax, "a record above the lane's limit was claimed");
    const stride = strideOf(recordBytes);
    const offset = this.#head & this.#mask;
    const untilEnd = this.memory.laneBytes - offset;
    if (stride <= untilEnd) return this.#take(stride, 0, offset);
    return this.#take(stride, untilEnd, offset);
  }

  /** True when a claim of this size would be granted now. */
  hasRoom(recordBytes: number): boolean {
    const stride = strideOf(recordBytes);
    const untilEnd = this.memory.laneBytes - (this.#head & this.#mask);
    return this.#fits(stride <= untilEnd ? stride : stride + untilEnd);
  }

  /** The record claimed last counts as mail. */
  noteMail(): void {
    this.#mailClaimed += 1;
  }

  /** Makes all that was claimed visible at once. @returns False when there was nothing new. */
  publish(): boolean {
    if (this.#head === this.#published) return false;
    this.memory.counts[PUBLISHED_MAIL_FLOAT] = this.#mailClaimed;
    Atomics.store(this.memory.control, HEAD_WORD, this.#head);
    this.#published = this.#head;
    return true;
  }

  /** Bytes claimed and not visible yet. */
  get unpublishedBytes(): number {
    return (this.#head - this.#published) | 0;
  }

  /** Bytes that the consumer has not passed yet. */
  get usedBytes(): number {
    return (this.#head - Atomics.load(this.memory.control, TAIL_WORD)) | 0;
  }

  /** @param paddingBytes What is left before the end of the ring when the record does not fit there. */
  #take(stride: number, paddingBytes: number, offset: number): number {
    if (!this.#fits(stride + paddingBytes)) return -1;
    const { words } = this.memory;
    if (paddingBytes > 0) words[offset >> 2] = -paddingBytes;
    const start = paddingBytes > 0 ? 0 : offset;
    words[start >> 2] = stride;
    this.#head = (this.#head + paddingBytes + stride) | 0;
    return start;
  }

  #fits(needBytes: number): boolean {
    const freeMin = this.memory.laneBytes - needBytes;
    if (((this.#head - this.#tailSeen) | 0) <= freeMin) return true;
    this.#tailSeen = Atomics.load(this.memory.control, TAIL_WORD);
    return ((this.#head - this.#tailSeen) | 0) <= freeMin;
  }
}

function strideOf(recordBytes: number): number {
  return (recordBytes + RECORD_ALIGN_BYTES - 1) & -RECORD_ALIGN_BYTES;
}
