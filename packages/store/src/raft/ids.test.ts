import { describe, expect, test } from "vitest";
import { id } from "../../test/raft-fixture.ts";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  isStorageThread,
  NO_PEER,
  sortedIds,
  toLogIndex,
  toPeerId,
  toTerm,
} from "./ids.ts";

describe("brands", () => {
  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])("%d is no peer id", (raw) => {
    expect(() => toPeerId(raw)).toThrow("peer id out of range");
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])("%d is neither term nor index", (raw) => {
    expect(() => toTerm(raw)).toThrow("term out of range");
    expect(() => toLogIndex(raw)).toThrow("log index out of range");
  });

  test("what is in range passes", () => {
    expect([toPeerId(1), toTerm(0), toLogIndex(0)]).toEqual([1, 0, 0]);
    expect(toPeerId(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

test("ids are sorted as numbers, each once", () => {
  expect(sortedIds([10, 9, 2, 10, 1].map(id))).toEqual([1, 2, 9, 10]);
});

test("the storage threads are no peers, and nobody is no thread", () => {
  expect(isStorageThread(APPEND_THREAD)).toBe(true);
  expect(isStorageThread(APPLY_THREAD)).toBe(true);
  expect(isStorageThread(NO_PEER)).toBe(false);
  expect(isStorageThread(id(1))).toBe(false);
});
