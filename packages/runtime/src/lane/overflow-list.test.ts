import { expect, test } from "vitest";
import { OverflowList } from "./overflow-list.ts";

test("keeps order over refusals and counts its bytes", () => {
  const list = new OverflowList<string>(100);
  for (const entry of ["a", "b", "c"]) expect(list.push(entry, 30)).toBe(true);
  expect(list.push("d", 30)).toBe(false);
  const placed: string[] = [];
  expect(list.drain((entry) => entry !== "b" && placed.push(entry) > 0)).toBe(false);
  expect([list.bytes, list.isEmpty]).toEqual([60, false]);
  expect(list.push("d", 30)).toBe(true);
  list.pushAnyway("e", 1_000);
  expect(list.drain((entry) => placed.push(entry) > 0)).toBe(true);
  expect(placed).toEqual(["a", "b", "c", "d", "e"]);
  expect([list.bytes, list.isEmpty]).toEqual([0, true]);
});

test("gives up what was not placed, in order", () => {
  const list = new OverflowList<number>(10);
  for (let entry = 0; entry < 5; entry += 1) list.push(entry, 1);
  list.drain((entry) => entry < 2);
  expect(list.takeAll()).toEqual([2, 3, 4]);
  expect(list.isEmpty).toBe(true);
});
