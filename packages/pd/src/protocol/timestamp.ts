// Timestamps of the cluster: milliseconds and a counter, ordered by both. As one number they are
// `physicalMs << 18 | logical`, as in TiKV.

/** Of a request for `count`: the last of `count` consecutive ones, all with the same `physicalMs`. */
export type Timestamp = { readonly physicalMs: number; readonly logical: number };

export const LOGICAL_BITS = 18;
/** Highest counter within a millisecond, so also the most that one request may take. */
export const LOGICAL_MAX = 2 ** LOGICAL_BITS - 1;

/** Negative when `a` is earlier. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.physicalMs - b.physicalMs || a.logical - b.logical;
}
