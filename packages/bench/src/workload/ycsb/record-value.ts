// The value of a record says which record it is of and which write made it, so that whoever reads it can
// tell a wrong or an old one.
import { assert } from "@multiraft/runtime";

export type Stamp = {
  readonly record: number;
  /** Number of the write, from 0 on, over all records. */
  readonly write: number;
};

const RECORD_AT = 0;
const WRITE_AT = 8;
const FILLED_FROM = 16;
const RECORD_BYTES_MAX = 16_384;

/** Bytes that do not compress, the same in each run; a window of them fills each value. */
const NOISE_BYTES = 65_536;
const NOISE_STEP = 64;
const noise = makeNoise();

/** @param bytes Length of the value, 16 to 16,384. */
export function recordValue({ record, write }: Stamp, bytes: number): Buffer {
  assert(bytes >= FILLED_FROM && bytes <= RECORD_BYTES_MAX, "a record has 16 B to 16 KiB");
  const value = Buffer.allocUnsafe(bytes);
  value.writeDoubleLE(record, RECORD_AT);
  value.writeDoubleLE(write, WRITE_AT);
  noiseOf(write, bytes).copy(value, FILLED_FROM);
  return value;
}

/** @throws Error for bytes that no `recordValue` has made. */
export function stampOf(given: Uint8Array, bytes: number): Stamp {
  const value = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (value.length !== bytes) throw new Error(`a record of ${value.length} bytes was read`);
  const stamp = { record: value.readDoubleLE(RECORD_AT), write: value.readDoubleLE(WRITE_AT) };
  if (!Number.isSafeInteger(stamp.write) || stamp.write < 0)
    throw new Error("a damaged record was read");
  if (!value.subarray(FILLED_FROM).equals(noiseOf(stamp.write, bytes)))
    throw new Error("a damaged record was read");
  return stamp;
}

function noiseOf(write: number, bytes: number): Buffer {
  const from = (write * NOISE_STEP) % (NOISE_BYTES - RECORD_BYTES_MAX);
  return noise.subarray(from, from + bytes - FILLED_FROM);
}

function makeNoise(): Buffer {
  const bytes = Buffer.alloc(NOISE_BYTES);
  let state = 0x9e37_79b9;
  for (let at = 0; at < NOISE_BYTES; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x85eb_ca6b) + at;
    bytes.writeInt32LE(state | 0, at);
  }
  return bytes;
}
