import { describe, expect, test } from "vitest";
import type { LogIndex } from "../raft/ids.ts";
import { EntryIndex } from "./entry-index.ts";
import { LiveBytes } from "./live-bytes.ts";
import { segmentOf, toPosition } from "./segment.ts";

const at = (raw: number) => raw as LogIndex;

function indexOf(...indexes: readonly number[]) {
  const live = new LiveBytes();
  const entries = new EntryIndex(live);
  for (const index of indexes) entries.set(at(index), toPosition(1, index * 10), 10);
  return { live, entries };
}

test("entries are found where they were set, and count as live there", () => {
  const { live, entries } = indexOf(5, 6, 7);
  expect([entries.firstIndex, entries.lastIndex]).toEqual([5, 7]);
  expect(entries.positionOf(at(6))).toBe(toPosition(1, 60));
  expect(entries.positionOf(at(4))).toBeUndefined();
  expect(entries.positionOf(at(8))).toBeUndefined();
  expect(entries.sizeOf(at(7))).toBe(10);
  expect(entries.sizeOf(at(8))).toBe(0);
  expect(live.in(1)).toBe(30);
});

test("an entry that is set again is live only in its new place", () => {
  const { live, entries } = indexOf(5, 6);
  entries.set(at(5), toPosition(2, 100), 12);
  expect(entries.positionOf(at(5))).toBe(toPosition(2, 100));
  expect([live.in(1), live.in(2)]).toEqual([10, 12]);
  expect(entries.lastIndex).toBe(6);
});

test.each([
  ["from the middle", 6, [5]],
  ["from the first", 5, []],
  ["from before the first", 1, []],
  ["from behind the last", 8, [5, 6, 7]],
])("a cut %s", (_, from, left) => {
  const { live, entries } = indexOf(5, 6, 7);
  entries.cutFrom(at(from));
  expect([5, 6, 7].filter((index) => entries.positionOf(at(index)) !== undefined)).toEqual(left);
  expect(live.total).toBe(left.length * 10);
});

test.each([
  ["through the middle", 6, [7]],
  ["through the last", 7, []],
  ["through what is behind the last", 99, []],
  ["through what is before the first", 4, [5, 6, 7]],
])("a drop %s", (_, through, left) => {
  const { live, entries } = indexOf(5, 6, 7);
  entries.dropThrough(at(through));
  expect([5, 6, 7].filter((index) => entries.positionOf(at(index)) !== undefined)).toEqual(left);
  expect(live.total).toBe(left.length * 10);
});

describe("entries that are told out of order", () => {
  test("leave holes until the others come", () => {
    const { entries } = indexOf(9, 10, 5);
    expect([entries.firstIndex, entries.lastIndex, entries.hasHoles()]).toEqual([5, 10, true]);
    for (const index of [6, 7, 8]) entries.set(at(index), toPosition(2, index), 1);
    expect(entries.hasHoles()).toBe(false);
    expect(entries.positionOf(at(9))).toBe(toPosition(1, 90));
  });

  test("leave no stale cell behind a cut", () => {
    const { entries } = indexOf(5, 6, 7, 8);
    entries.cutFrom(at(6));
    entries.set(at(8), toPosition(2, 1), 1);
    expect(entries.positionOf(at(7))).toBeUndefined();
    expect(entries.hasHoles()).toBe(true);
  });
});

test("many random changes agree with a map", () => {
  const { live, entries } = indexOf();
  const model = new Map<number, number>();
  let state = 41;
  const below = (max: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
  for (let round = 1; round <= 4_000; round += 1) {
    const last = Math.max(0, ...model.keys());
    const index = Math.max(1, last - 20 + below(30));
    const action = below(10);
    if (action === 0) {
      entries.cutFrom(at(index));
      for (const each of [...model.keys()]) if (each >= index) model.delete(each);
    } else if (action === 1) {
      entries.dropThrough(at(index));
      for (const each of [...model.keys()]) if (each <= index) model.delete(each);
    } else {
      const position = toPosition(1 + below(5), round);
      entries.set(at(index), position, 1 + (round % 7));
      model.set(index, position);
    }
    if (round % 50 === 0) expectSame(round, last + 30);
  }

  function expectSame(round: number, upTo: number): void {
    const liveIn = new Map<number, number>();
    for (let index = 1; index <= upTo; index += 1) {
      const position = entries.positionOf(at(index));
      expect(position, `entry ${index} in round ${round}`).toBe(model.get(index));
      if (position === undefined) continue;
      const segment = segmentOf(position);
      liveIn.set(segment, (liveIn.get(segment) ?? 0) + entries.sizeOf(at(index)));
    }
    for (const segment of [1, 2, 3, 4, 5]) expect(live.in(segment)).toBe(liveIn.get(segment) ?? 0);
  }
});
