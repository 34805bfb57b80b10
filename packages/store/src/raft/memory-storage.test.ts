import { describe, expect, test } from "vitest";
import { at, confState, entry, id, snapshot, term } from "../../test/raft-fixture.ts";
import { ENTRY_HEADER_BYTES } from "./entry.ts";
import { MemoryStorage } from "./memory-storage.ts";

/** A snapshot at (3, 3), then entries 4 to 6 of terms 4, 5, 6. */
function filled(): MemoryStorage {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshot(3, 3, confState([1])));
  storage.append([entry(4, 4), entry(5, 5), entry(6, 6)]);
  return storage;
}

const termsOf = (storage: MemoryStorage) => {
  const entries = storage.entries(
    storage.firstIndex(),
    at(storage.lastIndex() + 1),
    Number.POSITIVE_INFINITY,
  );
  return typeof entries === "string" ? entries : entries.map((e) => e.term);
};

test("an empty storage starts at index 1 with a known place before it", () => {
  const storage = new MemoryStorage();
  expect([storage.firstIndex(), storage.lastIndex(), storage.term(at(0))]).toEqual([1, 0, 0]);
  expect(storage.initialState().hardState).toBeNull();
  expect(storage.initialState().confState.voters).toEqual([]);
});

describe("what the storage holds", () => {
  test.each([
    [2, "compacted"],
    [3, 3],
    [4, 4],
    [6, 6],
    [7, "unavailable"],
  ])("row 115: the term at %d is %s", (index, expected) => {
    expect(filled().term(at(index))).toBe(expected);
  });

  test.each([
    [3, 5, "compacted"],
    [4, 5, [4]],
    [4, 7, [4, 5, 6]],
    [6, 8, "unavailable"],
  ])("row 115: entries [%d, %d) are %o", (low, high, expected) => {
    const entries = filled().entries(at(low), at(high), Number.POSITIVE_INFINITY);
    expect(typeof entries === "string" ? entries : entries.map((e) => e.term)).toEqual(expected);
  });

  test.each([
    [0, 1],
    [2 * ENTRY_HEADER_BYTES - 1, 1],
    [2 * ENTRY_HEADER_BYTES, 2],
  ])("row 115: a limit of %d bytes gives %d entries", (limit, count) => {
    expect(filled().entries(at(4), at(7), limit)).toHaveLength(count);
  });

  test("row 115: compaction keeps the term of the last dropped place", () => {
    const storage = filled();
    expect(storage.compact(at(5))).toBe(true);
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(at(5))]).toEqual([6, 6, 5]);
    expect(storage.term(at(4))).toBe("compacted");
    expect(storage.compact(at(5))).toBe(false);
    expect(() => storage.compact(at(9))).toThrow("beyond the log");
  });

  test.each([
    [[entry(9, 5)], [4, 9]],
    [[entry(7, 7)], [4, 5, 6, 7]],
    [[entry(1, 2), entry(3, 3), entry(8, 4)], [8]],
    [[entry(1, 2)], [4, 5, 6]],
    [[], [4, 5, 6]],
  ])("row 115: an append of %o leaves terms %o", (entries, expected) => {
    const storage = filled();
    storage.append(entries);
    expect(termsOf(storage)).toEqual(expected);
  });

  test("row 115: an append must not leave a gap", () => {
    expect(() => filled().append([entry(8, 8)])).toThrow("gap");
  });

  test("row 115: a snapshot replaces the log, unless it is not newer", () => {
    const storage = filled();
    expect(storage.applySnapshot(snapshot(3, 3, confState([2])))).toBe(false);
    expect(storage.applySnapshot(snapshot(9, 8, confState([2])))).toBe(true);
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(at(9))]).toEqual([10, 9, 8]);
    expect(storage.initialState().confState.voters).toEqual([2]);
  });
});

test("a kept snapshot is offered, and the log stays", () => {
  const storage = filled();
  storage.keepSnapshot(snapshot(5, 5, confState([1, 2])));
  const offered = storage.snapshot(id(2));
  expect(offered === "temporarily-unavailable" ? 0 : offered.index).toBe(5);
  expect(storage.firstIndex()).toBe(4);
  expect(() => storage.keepSnapshot(snapshot(4, 4, confState([1])))).toThrow("older");
});

test("the hard state is what was set", () => {
  const storage = new MemoryStorage();
  const hardState = { term: term(3), vote: id(2), commit: at(1) };
  storage.setHardState(hardState);
  expect(storage.initialState().hardState).toEqual(hardState);
});
