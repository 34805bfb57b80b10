// A part of the memory engine's pairs: a block that never changes, and above it the writes since it was
// made. When these are many, a leaf is written anew as blocks. Leaves may be shared: whoever does not own
// one copies it before writing, which costs nothing until the writes themselves are touched.
import type { Key } from "@multiraft/pd/protocol";
import { encodeBlock, type PairBlock, storedBytes } from "./pair-block.ts";
import { type SortedMap, sortedMap } from "./sorted-map.ts";
import type { Pair } from "./tablet.ts";
import type { Buffered } from "./write-buffer.ts";

export type LeafLimits = {
  /** About so many bytes are in a block. */
  readonly blockBytes: number;
  /** Writes above a block are folded into it when they are more than this, and than a quarter of it. */
  readonly deltaBytesMin: number;
};

/** A quarter of the largest piece: folding a few writes into a block stays well below a millisecond. */
export const LEAF_LIMITS: LeafLimits = { blockBytes: 256 * 1_024, deltaBytesMin: 32 * 1_024 };

/** What a deleted key counts for, beside its length. */
const DELETE_BYTES = 8;

/** So much beyond its own length a value may keep in memory: about what a copy would cost by itself. */
const PINNED_BYTES_MAX = 256;

export class Leaf {
  /** Keys from here up to the next leaf's. */
  readonly low: Key;
  readonly block: PairBlock | undefined;
  /** Null hides a pair of the block. */
  readonly delta: SortedMap<Buffered>;
  readonly owner: object;
  deltaBytes: number;

  constructor(
    low: Key,
    block: PairBlock | undefined,
    owner: object,
    delta: SortedMap<Buffered> = sortedMap<Buffered>(),
    deltaBytes = 0,
  ) {
    this.low = low;
    this.block = block;
    this.owner = owner;
    this.delta = delta;
    this.deltaBytes = deltaBytes;
  }

  ownedBy(owner: object): Leaf {
    if (this.owner === owner) return this;
    return new Leaf(this.low, this.block, owner, this.delta.clone(), this.deltaBytes);
  }

  /** A view, for as long as the block is held. */
  get(key: Key): Uint8Array | undefined {
    const value = this.delta.isEmpty ? undefined : this.delta.get(key);
    return value === undefined ? this.block?.get(key) : (value ?? undefined);
  }

  /** As `get`; it stays as it is when the block is given back. */
  read(key: Key): Uint8Array | undefined {
    const value = this.delta.isEmpty ? undefined : this.delta.get(key);
    if (value !== undefined) return value ?? undefined;
    const stored = this.block?.get(key);
    return stored && new Uint8Array(stored);
  }

  /** @param value Null deletes. */
  write(key: Key, value: Uint8Array | null): void {
    const before = this.delta.get(key);
    if (before !== undefined) this.deltaBytes -= deltaBytesOf(key, before);
    if (value === null && this.block?.find(key) === undefined) {
      if (before !== undefined) this.delta.delete(key);
      return;
    }
    this.delta.set(key, value === null ? null : ownBytes(value));
    this.deltaBytes += deltaBytesOf(key, value);
  }

  isDue({ deltaBytesMin }: LeafLimits): boolean {
    const blockBytes = this.block?.bytes.byteLength ?? 0;
    return this.deltaBytes > Math.max(deltaBytesMin, blockBytes / 4);
  }

  /** In order, from `start` on. */
  *pairs(start: Key): Generator<Pair> {
    const { block } = this;
    let at = block?.lowerBound(start) ?? 0;
    const count = block?.count ?? 0;
    if (!this.delta.isEmpty)
      for (const [key, value] of this.delta.entries(start)) {
        for (; block !== undefined && at < count; at += 1) {
          const pair = block.pairAt(at);
          if (pair.key >= key) {
            if (pair.key === key) at += 1;
            break;
          }
          yield pair;
        }
        if (value !== null) yield { key, value };
      }
    for (; block !== undefined && at < count; at += 1) yield block.pairAt(at);
  }

  /** The same pairs in leaves without writes above their blocks; none where none are left. */
  folded(owner: object, { blockBytes }: LeafLimits): Leaf[] {
    const { block, delta } = this;
    const firstWritten = delta.minKey();
    const isAppended =
      block !== undefined && firstWritten !== undefined && firstWritten > block.lastKey;
    // What only grows at its end is not written again and again.
    if (isAppended && 2 * block.bytes.byteLength >= blockBytes) {
      const kept = new Leaf(this.low, block, owner);
      return [kept, ...leavesOf(putsOf(delta), owner, blockBytes, firstWritten)];
    }
    return leavesOf(this.pairs("" as Key), owner, blockBytes, this.low);
  }
}

function* putsOf(delta: SortedMap<Buffered>): Generator<Pair> {
  for (const [key, value] of delta.entries()) if (value !== null) yield { key, value };
}

/** @param low Of the first leaf. */
function leavesOf(pairs: Iterable<Pair>, owner: object, blockBytes: number, low: Key): Leaf[] {
  const leaves: Leaf[] = [];
  let run: Pair[] = [];
  let runBytes = 0;
  const cut = (): void => {
    const [first] = run;
    if (first === undefined) return;
    leaves.push(new Leaf(leaves.length === 0 ? low : first.key, encodeBlock(run), owner));
    run = [];
    runBytes = 0;
  };
  for (const pair of pairs) {
    run.push(pair);
    runBytes += storedBytes(pair.key, pair.value);
    if (runBytes >= blockBytes) cut();
  }
  cut();
  return leaves;
}

/**
 * A value is a view of the message that it came in, up to a megabyte with the values of other leaves: held as
 * it is, it would keep all of that until its leaf is folded, which a leaf that is seldom written never is.
 */
function ownBytes(value: Uint8Array): Uint8Array {
  const pinnedBytes = value.buffer.byteLength - value.byteLength;
  return pinnedBytes > value.byteLength + PINNED_BYTES_MAX ? new Uint8Array(value) : value;
}

function deltaBytesOf(key: Key, value: Buffered): number {
  return key.length + (value === null ? DELETE_BYTES : value.byteLength);
}
