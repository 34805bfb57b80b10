import { expect, test } from "vitest";
import { ID_BLOCK, noteUsedId, openIds, takeIds } from "./id-allocator.ts";

test("ids follow each other and stay inside the reserved block", () => {
  const ids = openIds(1);
  expect(takeIds(ids, 1)).toBe(1);
  expect(ids.endId).toBe(2 + ID_BLOCK);
  expect(takeIds(ids, ID_BLOCK)).toBe(2);
  expect(ids.endId).toBe(2 + ID_BLOCK);
  expect(takeIds(ids, 10 * ID_BLOCK)).toBe(2 + ID_BLOCK);
  expect(ids.endId).toBeGreaterThanOrEqual(ids.nextId);
});

test("a restart goes on after the reserved block", () => {
  const ids = openIds(1);
  takeIds(ids, 7);
  expect(takeIds(openIds(ids.endId), 1)).toBeGreaterThan(7);
});

test("an id that somebody chose is not given again", () => {
  const ids = openIds(1);
  noteUsedId(ids, 5_000);
  expect(ids.endId).toBeGreaterThan(5_000);
  expect(takeIds(ids, 1)).toBe(5_001);
  noteUsedId(ids, 3);
  expect(takeIds(ids, 1)).toBe(5_002);
});
