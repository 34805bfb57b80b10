// How deep a packed message is nested. Reading one takes a stack as deep, and stacks of threads differ: what a
// worker can just write ends the main thread that reads it. Looked at where it was packed, so that nothing
// that a value does while it is packed (toJSON, causes of errors) goes by unseen.

/** Levels that may travel: far above plain data, a seventh of what a main thread reads in the dearest form. */
export const NESTING_MAX = 256;

/** Types of the extension that is a mark before an array: set, error, regular expression. */
const MARKS = [0x73, 0x65, 0x78];
/** Bytes of a value with a tag from 0xc0 to 0xdf, without what its length says and the values in it. */
const HEAD_BYTES = new Uint8Array([
  ...[1, 1, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9],
  ...[2, 3, 5, 9, 3, 4, 6, 10, 18, 2, 3, 5, 3, 5, 3, 5],
]);
/** Bytes of the length that follows the tag; 0 where there is none. */
const LENGTH_BYTES = new Uint8Array([
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
]);

/** Values that are still to come in the levels around the one that is read. */
const outer = new Int32Array(NESTING_MAX + 1);

/** @param bytes Holds one msgpack value from `start` to `end`. */
export function isNestedTooDeep(bytes: Uint8Array, start: number, end: number): boolean {
  let level = 0;
  let left = 1;
  // A level takes one byte at least: the last bytes cannot hold what is missing.
  for (let at = start; level + end - at > NESTING_MAX; ) {
    const tag = bytes[at] ?? 0;
    left -= 1;
    if (tag < 0x80 || tag >= 0xe0) at += 1;
    else if (tag >= 0xa0 && tag < 0xc0) at += 1 + (tag & 0x1f);
    else if (tag < 0xa0 || tag >= 0xdc) {
      const count = valuesIn(bytes, at, tag);
      at += tag < 0xa0 ? 1 : (HEAD_BYTES[tag - 0xc0] ?? 1);
      if (count > 0) {
        outer[level] = left;
        level += 1;
        if (level > NESTING_MAX) return true;
        left = count;
      }
    } else {
      if (tag === 0xd4 && MARKS.includes(bytes[at + 1] ?? 0)) left += 1;
      at += (HEAD_BYTES[tag - 0xc0] ?? 1) + lengthAt(bytes, at, tag);
    }
    while (left === 0 && level > 0) {
      level -= 1;
      left = outer[level] ?? 0;
    }
  }
  return false;
}

/** Of an array or a map: two for each entry of a map. */
function valuesIn(bytes: Uint8Array, at: number, tag: number): number {
  if (tag <= 0x8f) return 2 * (tag & 0x0f);
  if (tag <= 0x9f) return tag & 0x0f;
  const length = lengthAt(bytes, at, tag);
  return tag >= 0xde ? 2 * length : length;
}

function lengthAt(bytes: Uint8Array, at: number, tag: number): number {
  const lengthBytes = LENGTH_BYTES[tag - 0xc0] ?? 0;
  let length = 0;
  for (let index = 1; index <= lengthBytes; index += 1)
    length = length * 256 + (bytes[at + index] ?? 0);
  return length;
}
