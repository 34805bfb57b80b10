// Pairs sorted in memory, with their exact size.
import { isBelowEnd, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { type Page, PairCollector } from "./merge-scan.ts";
import { STRATA_MAX, type Stratum } from "./middle-key.ts";
import { type SortedMap, sortedMap } from "./sorted-map.ts";
import type { Pair } from "./tablet.ts";

export class MemoryPairs {
  readonly #pairs: SortedMap<Pair>;
  #sizeBytes: number;

  constructor(pairs: SortedMap<Pair> = sortedMap<Pair>(), sizeBytes = 0) {
    this.#pairs = pairs;
    this.#sizeBytes = sizeBytes;
  }

  get count(): number {
    return this.#pairs.size;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get lastKey(): Key | undefined {
    return this.#pairs.maxKey();
  }

  get(key: Key): Uint8Array | undefined {
    return this.#pairs.get(key)?.value;
  }

  /** @param value Null deletes. */
  write(key: Key, value: Uint8Array | null): void {
    const before = this.#pairs.get(key);
    if (before !== undefined) this.#sizeBytes -= pairBytes(before);
    if (value === null) {
      if (before !== undefined) this.#pairs.delete(key);
      return;
    }
    const pair = { key, value };
    this.#pairs.set(key, pair);
    this.#sizeBytes += pairBytes(pair);
  }

  page(range: KeyRange, limitPairs: number, limitBytes: number): Page {
    const into = new PairCollector(limitPairs, limitBytes);
    for (const pair of this.#within(range)) {
      if (into.isFull) return { pairs: into.pairs, isLast: false };
      into.add(pair);
    }
    return { pairs: into.pairs, isLast: true };
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

  *#within(range: KeyRange): Generator<Pair> {
    for (const [key, pair] of this.#pairs.entries(range.start)) {
      if (!isBelowEnd(key, range.end)) return;
      yield pair;
    }
  }

  all(): Pair[] {
    return this.#pairs.valuesArray();
  }

  /** Costs nothing until one of the two is written. */
  clone(): MemoryPairs {
    return new MemoryPairs(this.#pairs.clone(), this.#sizeBytes);
  }
}

export function pairBytes(pair: Pair): number {
  return pair.key.length + pair.value.byteLength;
}
