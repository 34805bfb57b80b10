// A run of sorted pairs as bytes: how pairs travel from store to store, and how the memory engine keeps
// them. Immutable once made. Where each pair begins is only found out when somebody looks for a pair. Memory that is
// used again is held by those who have the block: the last one to let go gives it back, and nobody reads it after.
//
//   piece:  u32 pairs, u32 where the last pair begins, then the pairs
//   pair:   u16 bytes of the key, the key, u32 bytes of the value, the value; little-endian
import { KEY_BYTES_MAX, type Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { BlockMemory } from "./block-memory.ts";
import type { Pair } from "./tablet.ts";

export const PIECE_HEADER_BYTES = 8;
/** What a pair takes beside its key and its value. */
export const PAIR_FIXED_BYTES = 6;
const KEY_FIXED_BYTES = 2;
const VALUE_FIXED_BYTES = 4;

export class PairBlock {
  readonly count: number;
  readonly firstKey: Key;
  readonly lastKey: Key;
  readonly #lastStart: number;
  readonly #memory: BlockMemory | undefined;
  #bytes: Buffer | undefined;
  #starts: Uint32Array | undefined;
  #holders = 1;

  /**
   * @param lastStart Where the last pair begins; there is at least one.
   * @param memory Where `bytes` go when the last holder lets go; without, they are left to the collector.
   */
  constructor(bytes: Buffer, count: number, lastStart: number, memory?: BlockMemory) {
    assert(count > 0, "a block without pairs");
    this.#bytes = bytes;
    this.#memory = memory;
    this.count = count;
    this.#lastStart = lastStart;
    this.firstKey = this.#keyFrom(0);
    this.lastKey = this.#keyFrom(lastStart);
  }

  /** Pairs one after the other, without a header. */
  get bytes(): Buffer {
    assert(this.#bytes !== undefined, "a block was read that had been given back");
    return this.#bytes;
  }

  /** One more has the block; whoever made it has it from the beginning. */
  hold(): void {
    assert(this.#holders > 0, "a block was held that had been given back");
    this.#holders += 1;
  }

  letGo(): void {
    assert(this.#holders > 0, "a block was let go once too often");
    this.#holders -= 1;
    if (this.#holders > 0 || this.#memory === undefined) return;
    this.#memory.give(this.bytes);
    this.#bytes = undefined;
  }

  /** Of keys and values. */
  get sizeBytes(): number {
    return this.bytes.byteLength - this.count * PAIR_FIXED_BYTES;
  }

  /** Where pair `index` begins; of `count`, the end of the last one. */
  startOf(index: number): number {
    if (index === 0) return 0;
    if (index === this.count) return this.bytes.byteLength;
    if (index === this.count - 1) return this.#lastStart;
    return this.#index()[index] ?? 0;
  }

  pairAt(index: number): Pair {
    const start = this.startOf(index);
    return { key: this.#keyFrom(start), value: this.#valueFrom(start) };
  }

  get(key: Key): Uint8Array | undefined {
    const index = this.find(key);
    return index === undefined ? undefined : this.#valueFrom(this.startOf(index));
  }

  find(key: Key): number | undefined {
    if (key < this.firstKey || key > this.lastKey) return undefined;
    const index = this.lowerBound(key);
    return this.#compare(this.startOf(index), key) === 0 ? index : undefined;
  }

  /** The first pair at or above `key`; `count` where there is none. */
  lowerBound(key: Key): number {
    if (key <= this.firstKey) return 0;
    if (key > this.lastKey) return this.count;
    const starts = this.#index();
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(starts[middle] ?? 0, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The pair at whose end at most `limitBytes` from `start` on are reached; `start + 1` at least. */
  endWithin(start: number, limitBytes: number): number {
    const limit = this.startOf(start) + limitBytes;
    if (limit >= this.bytes.byteLength) return this.count;
    const starts = this.#index();
    let [low, high] = [start + 1, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0) <= limit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #index(): Uint32Array {
    this.#starts ??= indexOf(this.bytes, this.count, this.#lastStart);
    return this.#starts;
  }

  #keyFrom(start: number): Key {
    const at = start + KEY_FIXED_BYTES;
    return this.bytes.toString("latin1", at, at + this.bytes.readUInt16LE(start)) as Key;
  }

  #valueFrom(start: number): Uint8Array {
    const at = start + KEY_FIXED_BYTES + this.bytes.readUInt16LE(start);
    const { buffer, byteOffset } = this.bytes;
    const length = this.bytes.readUInt32LE(at);
    return new Uint8Array(buffer, byteOffset + at + VALUE_FIXED_BYTES, length);
  }

  /** Below zero where the pair's key is below `key`. */
  #compare(start: number, key: Key): number {
    const { bytes } = this;
    const length = bytes.readUInt16LE(start);
    const common = Math.min(length, key.length);
    const at = start + KEY_FIXED_BYTES;
    for (let i = 0; i < common; i += 1) {
      const difference = (bytes[at + i] ?? 0) - key.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }
}

function indexOf(bytes: Buffer, count: number, lastStart: number): Uint32Array {
  const starts = new Uint32Array(count);
  let at = 0;
  for (let pair = 0; pair < count; pair += 1) {
    starts[pair] = at;
    at = endOfPair(bytes, at);
  }
  assert(at === bytes.byteLength, "pairs do not end where their block does");
  assert(starts[count - 1] === lastStart, "the last pair is not where it was said to be");
  return starts;
}

function endOfPair(bytes: Buffer, start: number): number {
  const valueAt = start + KEY_FIXED_BYTES + bytes.readUInt16LE(start);
  return valueAt + VALUE_FIXED_BYTES + bytes.readUInt32LE(valueAt);
}

export function storedBytes(key: Key, value: Uint8Array): number {
  return PAIR_FIXED_BYTES + key.length + value.byteLength;
}

/** @param pairs Sorted, at least one. */
export function encodeBlock(pairs: readonly Pair[]): PairBlock {
  const { bytes, lastStart } = encode(pairs, 0);
  return new PairBlock(bytes, pairs.length, lastStart);
}

/** A piece of a stream; may be empty. */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  const { bytes, lastStart } = encode(pairs, PIECE_HEADER_BYTES);
  writeHeader(bytes, pairs.length, lastStart);
  return bytes;
}

export function writeHeader(into: Buffer, count: number, lastStart: number): void {
  into.writeUInt32LE(count, 0);
  into.writeUInt32LE(lastStart, 4);
}

/** Values are views of a copy: the memory that they came in goes back to its owner. */
export function decodePairs(piece: Uint8Array): Pair[] {
  const block = adoptPiece(piece);
  if (block === undefined) return [];
  return Array.from({ length: block.count }, (_, index) => block.pairAt(index));
}

/** The pairs of a piece in memory of their own, or of `memory`; undefined where there are none. */
export function adoptPiece(piece: Uint8Array, memory?: BlockMemory): PairBlock | undefined {
  const whole = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  const count = whole.readUInt32LE(0);
  if (count === 0) return undefined;
  const byteLength = whole.byteLength - PIECE_HEADER_BYTES;
  // Not from the pool of small buffers, which its neighbours would keep in memory.
  const own = memory?.take(byteLength) ?? Buffer.allocUnsafeSlow(byteLength);
  own.set(whole.subarray(PIECE_HEADER_BYTES));
  return new PairBlock(own, count, whole.readUInt32LE(4), memory);
}

function encode(pairs: readonly Pair[], headerBytes: number) {
  let sizeBytes = headerBytes;
  for (const { key, value } of pairs) sizeBytes += storedBytes(key, value);
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let at = headerBytes;
  let lastStart = headerBytes;
  for (const pair of pairs) {
    lastStart = at;
    at = writePair(bytes, at, pair);
  }
  assert(at === sizeBytes, "pairs were measured wrong");
  return { bytes, lastStart: lastStart - headerBytes };
}

function writePair(into: Buffer, start: number, { key, value }: Pair): number {
  assert(key.length <= KEY_BYTES_MAX, () => `key of ${key.length} bytes`);
  let at = into.writeUInt16LE(key.length, start);
  at += into.write(key, at, "latin1");
  at = into.writeUInt32LE(value.byteLength, at);
  into.set(value, at);
  return at + value.byteLength;
}
