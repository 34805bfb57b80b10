import { describe, expect, test } from "vitest";
import { createLane, publishedMail, recordBytesMax } from "./lane-layout.ts";
import { LaneReader } from "./lane-reader.ts";
import { LaneWriter } from "./lane-writer.ts";

const LANE_BYTES = 1_024;

function lane(startPosition = 0) {
  const memory = createLane(LANE_BYTES, startPosition);
  return { memory, writer: new LaneWriter(memory), reader: new LaneReader(memory) };
}

/** A record of `bytes` with `value` in its second word. */
function put(writer: LaneWriter, value: number, bytes = 16): boolean {
  const offset = writer.claim(bytes);
  if (offset >= 0) writer.memory.words[(offset >> 2) + 1] = value;
  return offset >= 0;
}

function takeAll(reader: LaneReader): number[] {
  const values: number[] = [];
  reader.refresh();
  for (let offset = reader.next(); offset >= 0; offset = reader.next())
    values.push(reader.memory.words[(offset >> 2) + 1] ?? Number.NaN);
  reader.release();
  return values;
}

describe("a lane", () => {
  test("shows nothing before it is published, then everything in order", () => {
    const { writer, reader } = lane();
    put(writer, 1);
    put(writer, 2);
    expect(takeAll(reader)).toEqual([]);
    expect(writer.publish()).toBe(true);
    expect(writer.publish()).toBe(false);
    expect(takeAll(reader)).toEqual([1, 2]);
    expect(takeAll(reader)).toEqual([]);
  });

  test("refuses a record that does not fit and takes it once space came back", () => {
    const { writer, reader } = lane();
    for (let value = 0; value < 8; value += 1) expect(put(writer, value, 128)).toBe(true);
    expect(put(writer, 8, 8)).toBe(false);
    expect(writer.usedBytes).toBe(LANE_BYTES);
    writer.publish();
    expect(takeAll(reader)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(put(writer, 8, 128)).toBe(true);
    writer.publish();
    expect(takeAll(reader)).toEqual([8]);
  });

  test("does not give space back before the consumer releases it", () => {
    const { writer, reader } = lane();
    for (let value = 0; value < 8; value += 1) put(writer, value, 128);
    writer.publish();
    reader.refresh();
    expect(reader.next()).toBeGreaterThanOrEqual(0);
    expect(put(writer, 9, 128)).toBe(false);
    expect(reader.unreleasedBytes).toBe(128);
    reader.release();
    expect(put(writer, 9, 128)).toBe(true);
  });

  test("pads the end of the ring, down to a padding of eight bytes", () => {
    for (let firstBytes = 904; firstBytes <= 1_016; firstBytes += 8) {
      const { writer, reader } = lane();
      for (let bytes = firstBytes; bytes > 0; bytes -= 128)
        put(writer, bytes, Math.min(bytes, 128));
      writer.publish();
      takeAll(reader);
      put(writer, 77, 128);
      put(writer, 78, 16);
      writer.publish();
      expect(takeAll(reader)).toEqual([77, 78]);
    }
  });

  test("takes a record that ends exactly at the end of the ring, without padding", () => {
    const { writer, reader } = lane();
    for (let value = 0; value < 7; value += 1) put(writer, value, 128);
    writer.publish();
    takeAll(reader);
    put(writer, 7, 128);
    expect(writer.usedBytes).toBe(128);
    put(writer, 8, 128);
    expect(writer.usedBytes).toBe(256);
    writer.publish();
    expect(takeAll(reader)).toEqual([7, 8]);
  });

  test("goes on across the wrap of its 32-bit positions, and of their sign", () => {
    for (const start of [2 ** 32 - 512, 2 ** 31 - 512]) {
      const { writer, reader } = lane(start);
      for (let round = 0; round < 100; round += 1) {
        for (let value = 0; value < 5; value += 1)
          expect(put(writer, value, 24 + 8 * value)).toBe(true);
        writer.publish();
        expect(takeAll(reader)).toEqual([0, 1, 2, 3, 4]);
      }
      expect(writer.usedBytes).toBe(0);
    }
  });

  test("a successor goes on where the producer's last publication ended", () => {
    const { memory, writer, reader } = lane();
    put(writer, 1);
    writer.publish();
    put(writer, 2);
    const successor = new LaneWriter(memory);
    put(successor, 3);
    successor.publish();
    expect(takeAll(reader)).toEqual([1, 3]);
  });

  test("counts mail when it becomes visible, not before", () => {
    const { memory, writer } = lane();
    put(writer, 1);
    writer.noteMail();
    put(writer, 2);
    expect(publishedMail(memory)).toBe(0);
    writer.publish();
    expect(publishedMail(memory)).toBe(1);
  });

  test("a record above an eighth of the lane is an assertion, as is an odd size", () => {
    const { writer } = lane();
    expect(() => writer.claim(recordBytesMax(LANE_BYTES) + 1)).toThrow(/above the lane's limit/);
    expect(() => createLane(1_000)).toThrow(/not the size of a lane/);
    expect(() => createLane(LANE_BYTES, 4)).toThrow(/aligned/);
  });
});
