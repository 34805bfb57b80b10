// Keys are byte strings held as JavaScript strings with one character a byte (latin1): immutable,
// usable in maps, and `<` orders them as memcmp orders the bytes.
import { assert } from "@multiraft/runtime";

export type Key = string & { readonly brand: "Key" };

/** The lowest key, and as an upper bound: no bound. */
export const EMPTY_KEY = "" as Key;

/** LMDB takes 1,978 bytes at a page size of 4 KiB; the rest is left for what we put before a key. */
export const KEY_BYTES_MAX = 1_900;

export function keyFromBytes(bytes: Uint8Array): Key {
  assert(bytes.byteLength <= KEY_BYTES_MAX, () => `key of ${bytes.byteLength} bytes`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as Key;
}

/** UTF-8, so that strings order by code point. */
export function keyFromText(text: string): Key {
  return keyFromBytes(Buffer.from(text, "utf8"));
}

export function keyToBytes(key: Key): Uint8Array {
  return Buffer.from(key, "latin1");
}

/** Half open: `start` included, `end` excluded, an empty `end` means no bound. */
export type KeyRange = { readonly start: Key; readonly end: Key };

export const WHOLE_RANGE: KeyRange = { start: EMPTY_KEY, end: EMPTY_KEY };

export function rangeContains(range: KeyRange, key: Key): boolean {
  return range.start <= key && isBelowEnd(key, range.end);
}

export function rangesOverlap(a: KeyRange, b: KeyRange): boolean {
  return isBelowEnd(a.start, b.end) && isBelowEnd(b.start, a.end);
}

export function rangeCovers(outer: KeyRange, inner: KeyRange): boolean {
  if (inner.start < outer.start) return false;
  return outer.end === EMPTY_KEY || (inner.end !== EMPTY_KEY && inner.end <= outer.end);
}

export function isBelowEnd(key: Key, end: Key): boolean {
  return end === EMPTY_KEY || key < end;
}
