import { describe, expect, test } from "vitest";
import { compareTimestamps, LOGICAL_MAX, type Timestamp } from "../protocol/timestamp.ts";
import { openTimestamps, TIMESTAMP_WINDOW_MS, takeTimestamps } from "./timestamp-oracle.ts";

const atLogical = (logical: number): Timestamp => ({ physicalMs: 1_000, logical });

describe("timestamps", () => {
  test("follow the clock in whole milliseconds", () => {
    const tso = openTimestamps(0);
    expect(takeTimestamps(tso, 1, 1_000.9)).toEqual(atLogical(1));
    expect(takeTimestamps(tso, 5, 1_000.1)).toEqual(atLogical(6));
    expect(takeTimestamps(tso, 1, 1_001)).toEqual({ physicalMs: 1_001, logical: 1 });
  });

  test("stay where they are while the clock steps back", () => {
    const tso = openTimestamps(0);
    takeTimestamps(tso, 3, 1_000);
    expect(takeTimestamps(tso, 1, 20)).toEqual(atLogical(4));
  });

  test("go on in the next millisecond when one is full, all of a request together", () => {
    const tso = openTimestamps(0);
    expect(takeTimestamps(tso, LOGICAL_MAX, 1_000)).toEqual(atLogical(LOGICAL_MAX));
    expect(takeTimestamps(tso, 2, 1_000)).toEqual({ physicalMs: 1_001, logical: 2 });
  });

  test("are always below the end of the window", () => {
    const tso = openTimestamps(0);
    takeTimestamps(tso, 1, 1_000);
    expect(tso.windowEndMs).toBe(1_000 + TIMESTAMP_WINDOW_MS);
    takeTimestamps(tso, 1, tso.windowEndMs - 1);
    expect(tso.windowEndMs).toBe(1_000 + TIMESTAMP_WINDOW_MS);
    takeTimestamps(tso, 1, tso.windowEndMs);
    expect(tso.windowEndMs).toBe(1_000 + 2 * TIMESTAMP_WINDOW_MS);
  });

  test.each([0, 999, 1_000, 5_999, 6_000, 90_000])(
    "are above all of the life before when the clock restarts at %i",
    (wallMs) => {
      const before = openTimestamps(0);
      takeTimestamps(before, 1, 1_000);
      const last = takeTimestamps(before, LOGICAL_MAX, before.windowEndMs - 1);
      const first = takeTimestamps(openTimestamps(before.windowEndMs), 1, wallMs);
      expect(compareTimestamps(first, last)).toBeGreaterThan(0);
    },
  );

  test.each([0, -1, LOGICAL_MAX + 1])("refuse a request for %i", (count) => {
    expect(() => takeTimestamps(openTimestamps(0), count, 1)).toThrow("count out of range");
  });
});
