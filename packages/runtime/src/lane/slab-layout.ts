// The shared memory of one thread's arena: two words for each 4 KiB unit, then the units themselves.
// A block is a run of units named by its first. Its holder word says who would have to give it back,
// so that what a dead thread held can be found; its generation tells one use of the block from the next.
import { assert } from "../assert.ts";

export const UNIT_BYTES = 4_096;
/** Sizes are powers of two from one unit to one segment. */
export const BLOCK_BYTES_MAX = 1_024 * 1_024;
/** The arena grows by these; each holds blocks of one size. */
export const SEGMENT_UNITS = BLOCK_BYTES_MAX / UNIT_BYTES;
/**
 * Default bound of a thread's arena: sixty-four of the largest blocks. Address space only: a page
 * becomes resident when a block on it is first written.
 */
export const ARENA_BYTES_MAX = 64 * BLOCK_BYTES_MAX;

const WORDS_PER_UNIT = 2;
const GENERATION_WORD = 0;
const HOLDER_WORD = 1;

/** @param arenaBytes Multiple of `BLOCK_BYTES_MAX`. */
export function createArenaMemory(arenaBytes: number): SharedArrayBuffer {
  const isWhole = arenaBytes >= BLOCK_BYTES_MAX && arenaBytes % BLOCK_BYTES_MAX === 0;
  assert(isWhole, () => `an arena is a number of whole segments, not ${arenaBytes} bytes`);
  const units = arenaBytes / UNIT_BYTES;
  return new SharedArrayBuffer(units * (WORDS_PER_UNIT * 4 + UNIT_BYTES));
}

/** Nobody holds the block. */
const FREE = 0;
const THREADS_MAX = 0x7fff;

/** An arena as any thread sees it. */
export class ArenaView {
  /** Never given twice in a process: a successor of a dead thread has another arena. */
  readonly id: number;
  readonly owner: number;
  readonly units: number;
  readonly #memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #dataByteOffset: number;

  constructor(id: number, owner: number, memory: SharedArrayBuffer) {
    this.id = id;
    this.owner = owner;
    this.units = memory.byteLength / (WORDS_PER_UNIT * 4 + UNIT_BYTES);
    this.#memory = memory;
    this.#dataByteOffset = this.units * WORDS_PER_UNIT * 4;
    this.#words = new Int32Array(memory, 0, this.units * WORDS_PER_UNIT);
  }

  bytes(unit: number, byteLength: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#memory, this.#dataByteOffset + unit * UNIT_BYTES, byteLength);
  }

  generation(unit: number): number {
    return this.#words[unit * WORDS_PER_UNIT + GENERATION_WORD] ?? 0;
  }

  /** Owner only: the block begins another use. @returns Its generation. */
  nextGeneration(unit: number): number {
    const generation = (this.generation(unit) + 1) | 0;
    this.#words[unit * WORDS_PER_UNIT + GENERATION_WORD] = generation;
    return generation;
  }

  isFree(unit: number): boolean {
    return this.#holder(unit) === FREE;
  }

  setFree(unit: number): void {
    this.#setHolder(unit, FREE);
  }

  /** `thread` has it: as allocator, or taken from a lane. */
  setHeld(unit: number, thread: number): void {
    assert(thread < THREADS_MAX, "a thread number that does not fit a holder word");
    this.#setHolder(unit, thread + 1);
  }

  /** Written before the record that carries it is published. */
  setInTransit(unit: number, from: number, to: number): void {
    this.#setHolder(unit, ((from + 1) << 16) | (to + 1));
  }

  /** True when `thread` holds it, was sending it, or was to receive it. */
  isTiedTo(unit: number, thread: number): boolean {
    const holder = this.#holder(unit);
    return (holder & 0xffff) === thread + 1 || holder >>> 16 === thread + 1;
  }

  #holder(unit: number): number {
    return this.#words[unit * WORDS_PER_UNIT + HOLDER_WORD] ?? FREE;
  }

  #setHolder(unit: number, holder: number): void {
    this.#words[unit * WORDS_PER_UNIT + HOLDER_WORD] = holder;
  }
}
