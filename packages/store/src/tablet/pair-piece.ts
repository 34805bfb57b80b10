// A piece of a stream of sorted pairs, put together from runs of blocks: nothing is copied before it is
// written into the memory that it travels in.
import type { Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { type PairBlock, PIECE_HEADER_BYTES, writeHeader } from "./pair-block.ts";

export class PairPiece {
  readonly #limitBytes: number;
  readonly #runs: { readonly block: PairBlock; readonly start: number; readonly end: number }[] =
    [];
  #pairBytes = 0;
  #lastStart = 0;
  #lastKey: Key | undefined;
  count = 0;
  isFull = false;

  /** @param limitBytes Of the whole piece; one pair is taken all the same. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes - PIECE_HEADER_BYTES;
  }

  get byteLength(): number {
    return PIECE_HEADER_BYTES + this.#pairBytes;
  }

  get lastKey(): Key {
    assert(this.#lastKey !== undefined, "a piece without pairs has no last key");
    return this.#lastKey;
  }

  /** Pairs `from` to `end`, exclusive, as far as there is room: at least one where there is none yet. */
  take(block: PairBlock, from: number, end: number): void {
    if (from >= end || this.isFull) return;
    const start = block.startOf(from);
    const left = this.#limitBytes - this.#pairBytes;
    const fits = Math.min(end, block.endWithin(from, left));
    const isTooLarge = block.startOf(fits) - start > left;
    if (isTooLarge && this.count > 0) {
      this.isFull = true;
      return;
    }
    this.#runs.push({ block, start, end: block.startOf(fits) });
    this.#lastStart = this.#pairBytes + block.startOf(fits - 1) - start;
    this.#lastKey = block.pairAt(fits - 1).key;
    this.#pairBytes += block.startOf(fits) - start;
    this.count += fits - from;
    this.isFull = fits < end || this.#pairBytes >= this.#limitBytes;
  }

  /** @param into As long as the piece. */
  writeTo(into: Uint8Array): void {
    assert(into.byteLength === this.byteLength, "a piece was given the wrong room");
    const buffer = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
    writeHeader(buffer, this.count, this.#lastStart);
    let at = PIECE_HEADER_BYTES;
    for (const { block, start, end } of this.#runs) {
      into.set(block.bytes.subarray(start, end), at);
      at += end - start;
    }
  }
}
