// How deep a packed message is nested. Reading one takes a stack as deep, and stacks of threads differ: what a
// worker can just write ends the main thread that reads it. Looked at where it was packed, so that nothing
// that a value does while it is packed (toJSON, causes of errors) goes by unseen.

/** Levels of a message that may travel: far above plain data, a hundredth of what any stack takes. */
export const NESTING_MAX = 256;

/** Types of the extension that is a mark before an array: set, error, regular expression. */
const MARKS = [0x73, 0x65, 0x78];
/** Bytes of a value beside what its tag says to follow; for tags from 0xc0 to 0xdf. */
const HEAD_BYTES = [
  ...[1, 1, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9],
  ...[2, 3, 5, 9, 3, 4, 6, 10, 18, 2, 3, 5, 3, 5, 3, 5],
];
/** Bytes of the length that follows the tag; 0 where there is none. */
const LENGTH_BYTES = [
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
];

/** Values that are still to come, for each level. */
const left = new Int32Array(NESTING_MAX + 1);

/** @param bytes Holds one msgpack value from `start` to `end`. */
export function isNestedTooDeep(bytes: Uint8Array, start: number, end: number): boolean {
  // A level takes one byte at least.
  if (end - start <= NESTING_MAX) return false;
  left[0] = 1;
  let level = 0;
  for (let at = start; at < end; ) {
    const tag = bytes[at] ?? 0;
    const count = isContainer(tag) ? valuesIn(bytes, at, tag) : 0;
    if (tag !== 0xd4 || !MARKS.includes(bytes[at + 1] ?? 0)) left[level] = (left[level] ?? 0) - 1;
    at += bytesOf(bytes, at, tag);
    if (count > 0) {
      level += 1;
      if (level > NESTING_MAX) return true;
      left[level] = count;
    }
    while (level > 0 && left[level] === 0) level -= 1;
  }
  return false;
}

function isContainer(tag: number): boolean {
  return tag >= 0x80 && (tag <= 0x9f || (tag >= 0xdc && tag <= 0xdf));
}

/** Two for each entry of a map. */
function valuesIn(bytes: Uint8Array, at: number, tag: number): number {
  if (tag <= 0x8f) return 2 * (tag & 0x0f);
  if (tag <= 0x9f) return tag & 0x0f;
  const length = lengthAt(bytes, at, tag);
  return tag >= 0xde ? 2 * length : length;
}

/** Of the value without the values in it. */
function bytesOf(bytes: Uint8Array, at: number, tag: number): number {
  if (tag < 0xa0 || tag >= 0xe0) return 1;
  if (tag < 0xc0) return 1 + (tag & 0x1f);
  const headBytes = HEAD_BYTES[tag - 0xc0] ?? 1;
  return tag >= 0xdc ? headBytes : headBytes + lengthAt(bytes, at, tag);
}

function lengthAt(bytes: Uint8Array, at: number, tag: number): number {
  const lengthBytes = LENGTH_BYTES[tag - 0xc0] ?? 0;
  let length = 0;
  for (let index = 1; index <= lengthBytes; index += 1)
    length = length * 256 + (bytes[at + index] ?? 0);
  return length;
}
