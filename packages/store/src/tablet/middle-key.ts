// Where to cut a range so that both halves weigh about the same.
import type { Key } from "@multiraft/pd/protocol";

/** `bytes` of data that begin at `start` and end before the next stratum. */
export type Stratum = { readonly start: Key; readonly bytes: number };

/** Into how many strata an engine divides a range: the cut is off by at most one of them. */
export const STRATA_MAX = 64;

/** @param strata Sorted by `start`. @returns Undefined where there is data at fewer than two keys. */
export function middleOf(strata: readonly Stratum[]): Key | undefined {
  const first = strata[0];
  if (first === undefined) return undefined;
  const totalBytes = strata.reduce((sum, stratum) => sum + stratum.bytes, 0);
  let belowBytes = 0;
  let middle: Key | undefined;
  for (const stratum of strata) {
    if (stratum.start > first.start) middle = stratum.start;
    if (middle !== undefined && 2 * belowBytes >= totalBytes) break;
    belowBytes += stratum.bytes;
  }
  return middle;
}

/** Both sorted by `start`; the result too. */
export function mergeStrata(a: readonly Stratum[], b: readonly Stratum[]): Stratum[] {
  return [...a, ...b].sort((x, y) => (x.start < y.start ? -1 : x.start > y.start ? 1 : 0));
}
