// The body of a record as it will travel: a span of private memory, and the layout it is in.

export type Body = {
  readonly bytes: Uint8Array;
  /** The same memory, for copies by whole words. */
  readonly words: Int32Array;
  readonly start: number;
  readonly end: number;
  /** Number of the layout, 0 for general encoding. */
  readonly layout: number;
  /** In the flat form instead of msgpack. */
  readonly isFlat: boolean;
};

/** One that its owner fills anew for each message. */
export type ScratchBody = { -readonly [Field in keyof Body]: Body[Field] };

export const NO_BODY: Body = {
  bytes: new Uint8Array(0),
  words: new Int32Array(0),
  start: 0,
  end: 0,
  layout: 0,
  isFlat: false,
};

/** Whole words of `bytes`, which must be aligned. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}
