// The shared memory of one lane: control words, then a ring of bytes. One thread writes, one reads.
// Words that different threads write stand 128 bytes apart: two cache lines, since V8 promises no
// alignment and neighbours that share a line cost three times as much.
import { assert } from "../assert.ts";

const CONTROL_STRIDE_BYTES = 128;

/** Byte position up to which records are visible; written by the producer, wraps at 2^32. */
export const HEAD_WORD = 0;
/** Pieces of mail made visible so far, a Float64 beside the head and written just before it. */
export const PUBLISHED_MAIL_FLOAT = 1;
/** Byte position up to which space may be written again; written by the consumer. */
export const TAIL_WORD = CONTROL_STRIDE_BYTES / 4;
const CONTROL_BYTES = 2 * CONTROL_STRIDE_BYTES;

/** Records start at multiples of this, so that a padding record always has room for its length. */
export const RECORD_ALIGN_BYTES = 8;

const LANE_BYTES_MIN = 1_024;
/** Positions are 32 bits wide and their differences must stay positive as signed numbers. */
const LANE_BYTES_MAX = 1 << 30;

/** A record above this would leave too little of the ring to the others: it goes through a slab. */
export function recordBytesMax(laneBytes: number): number {
  return laneBytes / 8;
}

/**
 * @param laneBytes Power of two. @param startPosition First position, a multiple of
 * `RECORD_ALIGN_BYTES`; near 2^32 in tests of the wrap.
 */
export function createLane(laneBytes: number, startPosition = 0): SharedArrayBuffer {
  const isInRange = laneBytes >= LANE_BYTES_MIN && laneBytes <= LANE_BYTES_MAX;
  const isPowerOfTwo = (laneBytes & (laneBytes - 1)) === 0;
  assert(isInRange && isPowerOfTwo, () => `not the size of a lane: ${laneBytes}`);
  assert(startPosition % RECORD_ALIGN_BYTES === 0, "a lane starts at an aligned position");
  const lane = new SharedArrayBuffer(CONTROL_BYTES + laneBytes);
  const { control } = laneMemory(lane);
  control[HEAD_WORD] = startPosition | 0;
  control[TAIL_WORD] = startPosition | 0;
  return lane;
}

/** The memory of a lane as its two ends see it. Bodies of records are written and read through it. */
export type LaneMemory = {
  readonly laneBytes: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly counts: Float64Array<SharedArrayBuffer>;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly floats: Float64Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
};

export function laneMemory(lane: SharedArrayBuffer): LaneMemory {
  const laneBytes = lane.byteLength - CONTROL_BYTES;
  return {
    laneBytes,
    control: new Int32Array(lane, 0, CONTROL_BYTES / 4),
    counts: new Float64Array(lane, 0, CONTROL_BYTES / 8),
    words: new Int32Array(lane, CONTROL_BYTES, laneBytes / 4),
    floats: new Float64Array(lane, CONTROL_BYTES, laneBytes / 8),
    bytes: new Uint8Array(lane, CONTROL_BYTES, laneBytes),
    view: new DataView(lane, CONTROL_BYTES, laneBytes),
  };
}

/** Pieces of mail that ever became visible in this lane: exact once its producer has stopped. */
export function publishedMail(lane: SharedArrayBuffer): number {
  return new Float64Array(lane, 0, PUBLISHED_MAIL_FLOAT + 1)[PUBLISHED_MAIL_FLOAT] ?? 0;
}
