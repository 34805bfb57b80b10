// Small plain objects as whole words: what most messages are, numbers and short texts under a few names.
// Each is complete in itself, like anything that msgpack encodes, but its names come last and as
// one block of words, which both sides know again without spelling it.
//
//   object: words of the values | values, in order | hash of the names | their words and number | the names
//   value:  tag, in a string also its length | its words
//   names:  their characters, one byte each, a zero byte after each one

export const TAG_BITS = 3;
export const TAG_MASK = 7;
export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
export const INT = 4;
export const FLOAT = 5;
/** Characters below 256 only, four a word. */
export const TEXT = 6;
export const OBJECT = 7;

/** Of a whole message. Above this the bytes themselves cost more than how they are found. */
export const FLAT_WORDS_MAX = 256;
export const FLAT_TEXT_MAX = 256;

/** The second word of the names: how many words they have, below how many they are. */
export const NAMES_COUNT_BITS = 16;
export const NAMES_WORDS_MASK = 0xffff;

/** FNV-1a over words: names and texts are found again by it, and then compared. */
export function hashWords(words: Int32Array, from: number, count: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = from; index < from + count; index += 1)
    hash = Math.imul(hash ^ (words[index] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
