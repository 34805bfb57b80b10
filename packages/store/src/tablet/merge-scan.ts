// One sorted scan over an engine and the writes buffered above it.
// The engine is read in pages; a page is merged with the buffered writes up to its last key, so that
// each key is decided once, by the newest that knows it.
import { isBelowEnd, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { SortedMap } from "./sorted-map.ts";
import type { Pair } from "./tablet.ts";
import type { Buffered, Overlay } from "./write-buffer.ts";

/** Sorted pairs from the start of a range; `isLast` when nothing of the range follows them. */
export type Page = { readonly pairs: Pair[]; readonly isLast: boolean };

export interface PageSource {
  /** At most `limitPairs`, about `limitBytes` (the pair that reaches it is the last), at least one if any. */
  page(range: KeyRange, limitPairs: number, limitBytes: number): Page;
}

/** Buffered deletes can hide whole pages: asking for fewer would walk over them one pair at a time. */
const PAGE_PAIRS_MIN = 32;

export function mergeScan(
  source: PageSource,
  overlay: Overlay,
  range: KeyRange,
  limitPairs: number,
  limitBytes: number,
): Pair[] {
  assert(limitPairs > 0 && limitBytes > 0, "a scan without room for a pair");
  if (overlay.length === 0) return source.page(range, limitPairs, limitBytes).pairs;
  const into = new PairCollector(limitPairs, limitBytes);
  const cursor = new OverlayCursor(overlay, range.start);
  for (let start = range.start; ; ) {
    const limit = Math.max(into.pairsLeft, PAGE_PAIRS_MIN);
    const page = source.page({ start, end: range.end }, limit, into.bytesLeft);
    const end = page.isLast ? range.end : afterLast(page.pairs);
    mergePage(page.pairs, cursor, end, into);
    if (page.isLast || into.isFull) return into.pairs;
    start = end;
  }
}

/** @param end Up to here, excluded, the page knows all that the engine has. */
function mergePage(
  pairs: readonly Pair[],
  cursor: OverlayCursor,
  end: Key,
  into: PairCollector,
): void {
  for (const pair of pairs) {
    // Not a bound: where it is the empty key, nothing is below it.
    while (cursor.key !== undefined && cursor.key < pair.key && !into.isFull) takeOne(cursor, into);
    if (into.isFull) return;
    if (cursor.key === pair.key) takeOne(cursor, into);
    else into.add(pair);
    if (into.isFull) return;
  }
  while (cursor.key !== undefined && isBelowEnd(cursor.key, end) && !into.isFull)
    takeOne(cursor, into);
}

function takeOne(cursor: OverlayCursor, into: PairCollector): void {
  if (cursor.key !== undefined && cursor.value !== null)
    into.add({ key: cursor.key, value: cursor.value });
  cursor.advance();
}

/** The lowest key above the last one of the page. */
function afterLast(pairs: readonly Pair[]): Key {
  const last = pairs.at(-1);
  assert(last !== undefined, "an empty page is the last one");
  return `${last.key}\0` as Key;
}

/** Collects pairs until one of the two limits is reached. */
export class PairCollector {
  readonly pairs: Pair[] = [];
  pairsLeft: number;
  bytesLeft: number;

  constructor(limitPairs: number, limitBytes: number) {
    this.pairsLeft = limitPairs;
    this.bytesLeft = limitBytes;
  }

  get isFull(): boolean {
    return this.pairsLeft <= 0 || this.bytesLeft <= 0;
  }

  add(pair: Pair): void {
    this.pairs.push(pair);
    this.pairsLeft -= 1;
    this.bytesLeft -= pair.key.length + pair.value.byteLength;
  }
}

/** Walks all layers at once; of a key that several have it shows the newest. */
class OverlayCursor {
  key: Key | undefined;
  value: Buffered = null;
  readonly #layers: readonly LayerCursor[];

  constructor(overlay: Overlay, start: Key) {
    this.#layers = overlay.map((layer) => new LayerCursor(layer, start));
    this.#settle();
  }

  advance(): void {
    for (const layer of this.#layers) if (layer.key === this.key) layer.advance();
    this.#settle();
  }

  #settle(): void {
    let lowest: LayerCursor | undefined;
    for (const layer of this.#layers)
      if (layer.key !== undefined && (lowest?.key === undefined || layer.key < lowest.key))
        lowest = layer;
    this.key = lowest?.key;
    this.value = lowest?.value ?? null;
  }
}

class LayerCursor {
  key: Key | undefined;
  value: Buffered = null;
  readonly #entries: Iterator<[Key, Buffered]>;

  constructor(layer: SortedMap<Buffered>, start: Key) {
    this.#entries = layer.entries(start);
    this.advance();
  }

  advance(): void {
    const next = this.#entries.next();
    this.key = next.done === true ? undefined : next.value[0];
    this.value = next.done === true ? null : next.value[1];
  }
}
