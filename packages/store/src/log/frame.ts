// A frame: the records of one gathered batch, written at once and synced before the next one is
// written. So at most the last frame of a log can be torn, and a frame that is bad while a later
// one is good had been synced: that is damage. The checksum starts from a salt that only this log's
// segment headers know, so that no bytes inside a record can pass for a frame.

import { assert } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";

/** crc32c of all that follows (u32), bytes of the body (u32), sequence number (u53 as a double). */
export const FRAME_HEADER_BYTES = 16;

/** Frames begin at multiples of this, so that a search for one looks at few places. */
const FRAME_ALIGNMENT_BYTES = 8;

/** A search takes no number further ahead for a frame's: more frames than fit in any segment. */
const SEQUENCE_AHEAD_MAX = 2 ** 26;

/** Space that a frame takes, header and padding included. */
export function frameBytes(bodyBytes: number): number {
  const bytes = FRAME_HEADER_BYTES + bodyBytes;
  return bytes + (-bytes & (FRAME_ALIGNMENT_BYTES - 1));
}

/** Completes the header of the frame at the start of `bytes`, whose body stands behind it. */
export function sealFrame(
  bytes: Uint8Array,
  bodyBytes: number,
  sequence: number,
  salt: number,
): void {
  assert(bodyBytes > 0 && Number.isSafeInteger(sequence), "a frame without body or number");
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES);
  view.setUint32(4, bodyBytes, true);
  view.setFloat64(8, sequence, true);
  view.setUint32(0, checksum(bytes, 0, bodyBytes, salt), true);
}

/**
 * @returns Bytes of the body of frame `sequence` at `offset`; undefined where it is not, or bad.
 */
export function checkFrame(
  bytes: Uint8Array,
  offset: number,
  sequence: number,
  salt: number,
): number | undefined {
  if (offset + FRAME_HEADER_BYTES > bytes.byteLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  if (view.getFloat64(8, true) !== sequence) return undefined;
  return checkBody(bytes, view, offset, salt);
}

/** @returns Where a good frame numbered above `sequence` begins, at `offset` or later. */
export function findLaterFrame(
  bytes: Uint8Array,
  offset: number,
  sequence: number,
  salt: number,
): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.byteLength - FRAME_HEADER_BYTES;
  for (let at = offset; at <= last; at += FRAME_ALIGNMENT_BYTES) {
    const ahead = view.getFloat64(at + 8, true) - sequence;
    if (!(ahead > 0 && ahead < SEQUENCE_AHEAD_MAX)) continue;
    const header = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_BYTES);
    if (checkBody(bytes, header, at, salt) !== undefined) return at;
  }
  return undefined;
}

/** Bytes that a frame cut off at `offset` claims, 0 if what is there is not from that frame. */
export function tornFrameBytes(bytes: Uint8Array, offset: number, sequence: number): number {
  if (offset + FRAME_HEADER_BYTES > bytes.byteLength) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  if (view.getFloat64(8, true) !== sequence) return 0;
  return Math.min(frameBytes(view.getUint32(4, true)), bytes.byteLength - offset);
}

function checkBody(
  bytes: Uint8Array,
  header: DataView,
  offset: number,
  salt: number,
): number | undefined {
  const bodyBytes = header.getUint32(4, true);
  if (bodyBytes === 0 || offset + FRAME_HEADER_BYTES + bodyBytes > bytes.byteLength)
    return undefined;
  return header.getUint32(0, true) === checksum(bytes, offset, bodyBytes, salt)
    ? bodyBytes
    : undefined;
}

function checksum(bytes: Uint8Array, offset: number, bodyBytes: number, salt: number): number {
  return crc32c(bytes.subarray(offset + 4, offset + FRAME_HEADER_BYTES + bodyBytes), salt);
}
