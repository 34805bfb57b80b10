// Pairs sorted in memory, with their exact size: leaves in key order, at least one. A run of pairs that
// comes as bytes is taken over as a leaf, and leaves as bytes what can leave so.
import { EMPTY_KEY, isBelowEnd, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { LEAF_LIMITS, Leaf, type LeafLimits } from "./memory-leaf.ts";
import { type Page, PairCollector } from "./merge-scan.ts";
import { STRATA_MAX, type Stratum } from "./middle-key.ts";
import type { PairBlock } from "./pair-block.ts";
import { PairPiece } from "./pair-piece.ts";
import type { Pair } from "./tablet.ts";

export class MemoryPairs {
  readonly #limits: LeafLimits;
  /** Leaves that name it may be written in place. */
  #owner: object = {};
  #leaves: Leaf[];
  #count = 0;
  #sizeBytes = 0;

  constructor(limits: LeafLimits = LEAF_LIMITS) {
    this.#limits = limits;
    this.#leaves = [new Leaf(EMPTY_KEY, undefined, this.#owner)];
  }

  get count(): number {
    return this.#count;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** It stays as it is: a block may be given back while a value of it is still looked at. */
  get(key: Key): Uint8Array | undefined {
    return this.#leaves[this.#leafOf(key)]?.read(key);
  }

  /** @param value Null deletes. */
  write(key: Key, value: Uint8Array | null): void {
    const at = this.#leafOf(key);
    const leaf = this.#ownLeaf(at);
    const before = leaf.get(key);
    if (before !== undefined) this.#weigh(key, before, -1);
    if (value !== null) this.#weigh(key, value, 1);
    else if (before === undefined) return;
    leaf.write(key, value);
    if (leaf.isDue(this.#limits)) this.#fold(at);
  }

  /** @param block Above all that is there; taken over from whoever made it. */
  append(block: PairBlock): void {
    const last = this.#leaves.length - 1;
    const isFirst = this.#count === 0;
    const leaf = new Leaf(isFirst ? EMPTY_KEY : block.firstKey, block, this.#owner);
    if (isFirst) this.#leaves = [leaf];
    else {
      assert((this.#leaves[last]?.low ?? EMPTY_KEY) < block.firstKey, "a block out of order");
      this.#leaves.push(leaf);
    }
    this.#count += block.count;
    this.#sizeBytes += block.sizeBytes;
  }

  /** Values are copies, as those of `get`. */
  page(range: KeyRange, limitPairs: number, limitBytes: number): Page {
    const into = new PairCollector(limitPairs, limitBytes);
    for (const pair of this.#within(range)) {
      if (into.isFull) return { pairs: into.pairs, isLast: false };
      into.add({ key: pair.key, value: new Uint8Array(pair.value) });
    }
    return { pairs: into.pairs, isLast: true };
  }

  /** Pairs from the start of the range as bytes, at most `limitBytes` of them or one pair. */
  piece(range: KeyRange, limitBytes: number): PairPiece | undefined {
    const piece = new PairPiece(limitBytes);
    for (let at = this.#leafOf(range.start); at < this.#leaves.length && !piece.isFull; at += 1) {
      if (this.#leaves[at]?.delta.isEmpty === false) this.#fold(at);
      const leaf = this.#leaves[at];
      if (leaf?.block === undefined) continue;
      if (!isBelowEnd(leaf.block.firstKey, range.end)) break;
      const isWhole = isBelowEnd(leaf.block.lastKey, range.end);
      const end = isWhole ? leaf.block.count : leaf.block.lowerBound(range.end);
      // Looked for in each: a fold makes several leaves, and the range may begin in any of them.
      piece.take(leaf.block, leaf.block.lowerBound(range.start), end);
    }
    return piece.count === 0 ? undefined : piece;
  }

  strata(range: KeyRange): Stratum[] {
    let rangeBytes = 0;
    for (const pair of this.#within(range)) rangeBytes += pairBytes(pair);
    const strata: { start: Key; bytes: number }[] = [];
    let last = { start: range.start, bytes: Number.POSITIVE_INFINITY };
    for (const pair of this.#within(range)) {
      if (last.bytes * STRATA_MAX >= rangeBytes) {
        last = { start: pair.key, bytes: 0 };
        strata.push(last);
      }
      last.bytes += pairBytes(pair);
    }
    return strata;
  }

  /** Views, until the first change. */
  all(): Pair[] {
    return [...this.#within({ start: EMPTY_KEY, end: EMPTY_KEY })];
  }

  /** Costs a list of leaves until one of the two is written. Each is closed by itself. */
  clone(): MemoryPairs {
    for (const { block } of this.#leaves) block?.hold();
    const twin = new MemoryPairs(this.#limits);
    twin.#leaves = this.#leaves.slice();
    twin.#count = this.#count;
    twin.#sizeBytes = this.#sizeBytes;
    this.#owner = {};
    return twin;
  }

  /** Nothing is read any more. A block that was folded away meanwhile is left to the collector. */
  close(): void {
    for (const { block } of this.#leaves.splice(0)) block?.letGo();
  }

  *#within(range: KeyRange): Generator<Pair> {
    for (let at = this.#leafOf(range.start); at < this.#leaves.length; at += 1)
      for (const pair of this.#leaves[at]?.pairs(range.start) ?? []) {
        if (!isBelowEnd(pair.key, range.end)) return;
        yield pair;
      }
  }

  /** The last one whose keys begin at or below `key`. */
  #leafOf(key: Key): number {
    assert(this.#leaves.length > 0, "pairs were read after their end");
    let [low, high] = [0, this.#leaves.length - 1];
    if (key >= (this.#leaves[high]?.low ?? EMPTY_KEY)) return high;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#leaves[middle]?.low ?? EMPTY_KEY) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #ownLeaf(at: number): Leaf {
    const leaf = this.#leaves[at];
    assert(leaf !== undefined, "no leaf for a key");
    const own = leaf.ownedBy(this.#owner);
    this.#leaves[at] = own;
    return own;
  }

  #fold(at: number): void {
    const leaf = this.#leaves[at];
    assert(leaf !== undefined, "no leaf to fold");
    const folded = leaf.folded(this.#owner, this.#limits);
    // An empty leaf stays, with the keys that it is for.
    if (folded.length === 0) folded.push(new Leaf(leaf.low, undefined, this.#owner));
    this.#leaves.splice(at, 1, ...folded);
  }

  #weigh(key: Key, value: Uint8Array, sign: 1 | -1): void {
    this.#count += sign;
    this.#sizeBytes += sign * (key.length + value.byteLength);
  }
}

export function pairBytes(pair: Pair): number {
  return pair.key.length + pair.value.byteLength;
}
