// The body of a record as it will travel: a span of private memory, and the layout it is in.

export type Body = {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Number of the layout, 0 for general encoding. */
  readonly layout: number;
};

export const NO_BODY: Body = { bytes: new Uint8Array(0), start: 0, end: 0, layout: 0 };
