import { describe, expect, test } from "vitest";
import {
  checkFrame,
  FRAME_HEADER_BYTES,
  findLaterFrame,
  frameBytes,
  sealFrame,
  tornFrameBytes,
} from "./frame.ts";

const SALT = 0x1234_5678;

/** Frames of these bodies, numbered from 5 on, in 512 bytes. */
function framesOf(...bodyBytes: readonly number[]): { bytes: Uint8Array; offsets: number[] } {
  const bytes = new Uint8Array(512);
  const offsets: number[] = [];
  let offset = 0;
  bodyBytes.forEach((size, at) => {
    bytes.fill(at + 1, offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + size);
    sealFrame(bytes.subarray(offset), size, 5 + at, SALT);
    offsets.push(offset);
    offset += frameBytes(size);
  });
  return { bytes, offsets };
}

test.each([
  [1, 24],
  [8, 24],
  [9, 32],
])("a body of %i bytes takes %i", (body, total) => {
  expect(frameBytes(body)).toBe(total);
});

describe("a sealed frame", () => {
  test("is good under its own number and salt alone", () => {
    const { bytes } = framesOf(20);
    expect(checkFrame(bytes, 0, 5, SALT)).toBe(20);
    expect(checkFrame(bytes, 0, 6, SALT)).toBeUndefined();
    expect(checkFrame(bytes, 0, 5, SALT + 1)).toBeUndefined();
    expect(checkFrame(bytes, 8, 5, SALT)).toBeUndefined();
  });

  test("is bad when any bit of it is flipped", () => {
    const { bytes } = framesOf(20);
    for (let bit = 0; bit < (FRAME_HEADER_BYTES + 20) * 8; bit += 1) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(checkFrame(flipped, 0, 5, SALT), `bit ${bit}`).toBeUndefined();
    }
  });

  test("is bad when it is cut off", () => {
    const { bytes } = framesOf(20);
    for (let end = 0; end < FRAME_HEADER_BYTES + 20; end += 1)
      expect(checkFrame(bytes.subarray(0, end), 0, 5, SALT)).toBeUndefined();
  });
});

test("zeros are no frame", () => {
  expect(checkFrame(new Uint8Array(64), 0, 0, 0)).toBeUndefined();
});

describe("a later frame", () => {
  test("is found behind a damaged one", () => {
    const { bytes, offsets } = framesOf(20, 9, 40);
    bytes[3] = 77;
    expect(findLaterFrame(bytes, 0, 5, SALT)).toBe(offsets[1]);
    expect(findLaterFrame(bytes, 0, 6, SALT)).toBe(offsets[2]);
    expect(findLaterFrame(bytes, 0, 7, SALT)).toBeUndefined();
  });

  test("is not made of bytes in a record, whose writer does not know the salt", () => {
    const inner = framesOf(16);
    sealFrame(inner.bytes, 16, 9, SALT + 1);
    const { bytes } = framesOf(64);
    bytes.set(inner.bytes.subarray(0, 32), 24);
    expect(findLaterFrame(bytes, 0, 5, SALT)).toBeUndefined();
  });
});

test("a torn frame tells its size by its header, if that is there", () => {
  const { bytes, offsets } = framesOf(20, 100);
  expect(tornFrameBytes(bytes, offsets[1] ?? 0, 6)).toBe(frameBytes(100));
  expect(tornFrameBytes(bytes.subarray(0, 80), offsets[1] ?? 0, 6)).toBe(40);
  expect(tornFrameBytes(bytes, offsets[1] ?? 0, 7)).toBe(0);
  expect(tornFrameBytes(bytes.subarray(0, 50), offsets[1] ?? 0, 6)).toBe(0);
});
