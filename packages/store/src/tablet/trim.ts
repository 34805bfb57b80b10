// Keys outside a region's range stay behind in a tablet when the region splits. Trimming finds them
// piece by piece; what of them is still buffered must not reach the engine either.
import { EMPTY_KEY, type Key, type KeyRange, rangeContains } from "@multiraft/pd/protocol";
import type { PageSource } from "./merge-scan.ts";
import type { Generation } from "./write-buffer.ts";

/** Pairs in one piece: each is read on the actor's thread, at about 2 us. */
const TRIM_PAIRS_MAX = 8_192;

/** `isAll` where no further key outside the range is left. */
export type Outside = { readonly keys: readonly Key[]; readonly isAll: boolean };

/** The first keys of the source outside `range`, about `limitBytes` of pairs. */
export function findOutside(source: PageSource, range: KeyRange, limitBytes: number): Outside {
  const keys: Key[] = [];
  let bytesLeft = limitBytes;
  for (const outside of complement(range)) {
    const pairsLeft = TRIM_PAIRS_MAX - keys.length;
    if (pairsLeft <= 0 || bytesLeft <= 0) return { keys, isAll: false };
    const page = source.page(outside, pairsLeft, bytesLeft);
    for (const pair of page.pairs) {
      keys.push(pair.key);
      bytesLeft -= pair.key.length + pair.value.byteLength;
    }
    if (!page.isLast) return { keys, isAll: false };
  }
  return { keys, isAll: true };
}

/** Turns the generation's own writes outside `range` into deletes, and adds those of `keys`. */
export function deleteOutside(writes: Generation, range: KeyRange, keys: readonly Key[]): void {
  const buffered = writes.writes.keysArray().filter((key) => !rangeContains(range, key));
  for (const key of buffered) writes.set(key, null);
  for (const key of keys) writes.set(key, null);
}

function complement(range: KeyRange): KeyRange[] {
  const parts: KeyRange[] = [];
  if (range.start !== EMPTY_KEY) parts.push({ start: EMPTY_KEY, end: range.start });
  if (range.end !== EMPTY_KEY) parts.push({ start: range.end, end: EMPTY_KEY });
  return parts;
}

export function sameRange(a: KeyRange, b: KeyRange): boolean {
  return a.start === b.start && a.end === b.end;
}
