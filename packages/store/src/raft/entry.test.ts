import { describe, expect, test } from "vitest";
import { entry } from "../../test/raft-fixture.ts";
import {
  ENTRY_HEADER_BYTES,
  entryBytes,
  firstEntry,
  lastEntry,
  limitEntries,
  payloadBytes,
  sumEntryBytes,
  sumPayloadBytes,
} from "./entry.ts";

describe("entry sizes", () => {
  test("row 30: an entry without data has no payload, and still a size", () => {
    expect(payloadBytes(entry(1, 1))).toBe(0);
    expect(entryBytes(entry(1, 1))).toBe(ENTRY_HEADER_BYTES);
    expect(entryBytes(entry(1, 1, "abc"))).toBe(ENTRY_HEADER_BYTES + 3);
  });

  test("sums count every entry", () => {
    const entries = [entry(1, 1, "a"), entry(1, 2), entry(1, 3, "bcd")];
    expect(sumPayloadBytes(entries)).toBe(4);
    expect(sumEntryBytes(entries)).toBe(4 + 3 * ENTRY_HEADER_BYTES);
  });
});

describe("limitEntries", () => {
  const entries = [entry(1, 1, "aa"), entry(1, 2, "bb"), entry(1, 3, "cc")];
  const one = ENTRY_HEADER_BYTES + 2;

  test.each([
    [0, 1],
    [one, 1],
    [2 * one - 1, 1],
    [2 * one, 2],
    [3 * one - 1, 2],
    [3 * one, 3],
    [Number.POSITIVE_INFINITY, 3],
  ])("row 95: a limit of %d bytes lets %d entries through, never none", (limit, count) => {
    expect(limitEntries(entries, limit)).toEqual(entries.slice(0, count));
  });

  test("no entries stay no entries", () => {
    expect(limitEntries([], 0)).toEqual([]);
  });
});

test("first and last entry are those, and none of nothing", () => {
  const entries = [entry(1, 1), entry(1, 2)];
  expect(firstEntry(entries).index).toBe(1);
  expect(lastEntry(entries).index).toBe(2);
  expect(() => firstEntry([])).toThrow("no entries");
  expect(() => lastEntry([])).toThrow("no entries");
});
