import { expect, test } from "vitest";
import { linearAxis, logAxis } from "./axis.ts";

const PLACE = { from: 0, to: 100 };

test.each([
  [9, [0, 2, 4, 6, 8, 10]],
  [10, [0, 2, 4, 6, 8, 10]],
  [1.1, [0, 0.5, 1, 1.5]],
  [0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
])("a linear axis up to %d has ticks that people can read", (max, expected) => {
  const { ticks, place } = linearAxis(max, PLACE);
  expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual(expected);
  expect(place(0)).toBe(0);
  expect(place(ticks.at(-1) ?? 0)).toBe(100);
});

test("a logarithmic axis spans whole powers of ten", () => {
  const { ticks, place } = logAxis([3, 4_000], PLACE);
  expect(ticks).toEqual([1, 10, 100, 1_000, 10_000]);
  expect(place(1)).toBe(0);
  expect(place(100)).toBe(50);
  expect(place(10_000)).toBe(100);
});

test("one value has an axis too", () => {
  expect(logAxis([10], PLACE).ticks).toEqual([10, 100]);
});
