import { expect, test } from "vitest";
import { BLOCK_SLOTS } from "../routing/shared-routing-table.ts";
import { SlotRanges } from "./slot-ranges.ts";

test.each([
  [1, 65_536],
  [3, 65_536],
  [64, 65_536],
  [64, 64],
])("%i threads share %i slots without overlap, all others have a block", (threads, slotsMax) => {
  const ranges = new SlotRanges(threads, slotsMax);
  const dedicated: number[] = [];
  for (let next = ranges.takeDedicated(); next !== undefined; next = ranges.takeDedicated())
    dedicated.push(next);
  const numbers = [...Array(threads).keys(), ranges.mainThread, ...dedicated];
  expect(new Set(numbers).size).toBe(threads + 1 + 64);
  const all = numbers.map((thread) => ranges.of(thread)).sort((a, b) => a.firstSlot - b.firstSlot);
  let next = 0;
  for (const { firstSlot, slots } of all) {
    expect(firstSlot).toBe(next);
    expect(slots % BLOCK_SLOTS).toBe(0);
    expect(slots).toBeGreaterThan(0);
    next += slots;
  }
  expect(ranges.slots).toBe(next);
});

test("numbers of dedicated threads are used again, as late as possible", () => {
  const ranges = new SlotRanges(2, 65_536);
  const first = ranges.takeDedicated();
  expect(first).toBe(3);
  if (first !== undefined) ranges.freeDedicated(first);
  expect(ranges.takeDedicated()).toBe(4);
});
