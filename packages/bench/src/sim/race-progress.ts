// How far a part of the founding race is, written by the thread that plays it and read by whoever waits.
import type { PartProgress } from "@multiraft/store/sim";

/** Share, states and ends as double-precision floats: the three need not be of one moment. */
const PROGRESS_BYTES = 3 * Float64Array.BYTES_PER_ELEMENT;

export function makeProgress(): SharedArrayBuffer {
  return new SharedArrayBuffer(PROGRESS_BYTES);
}

export function writeProgress(into: SharedArrayBuffer, progress: PartProgress): void {
  new Float64Array(into).set([progress.share, progress.states, progress.ends]);
}

export function readProgress(from: SharedArrayBuffer): PartProgress {
  const [share = 0, states = 0, ends = 0] = new Float64Array(from);
  return { share, states, ends };
}
