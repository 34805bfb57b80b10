import { MemoryDisk } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { metaAt, put, range } from "../../../test/tablet-fixture.ts";
import { openMemoryEngine } from "../../tablet/memory-engine.ts";
import type { TabletMeta, Write } from "../../tablet/tablet.ts";
import { findDifference, type TabletOnDisk, tabletsOn } from "./equal-data.ts";

const DIRECTORY = "/tablets";
const START = metaAt(1);

/** As a store leaves it: created, written once, and committed. */
function tabletOf(store: number, meta: TabletMeta, ...writes: readonly Write[]): TabletOnDisk {
  const disk = new MemoryDisk();
  const engine = openMemoryEngine(disk, DIRECTORY);
  const tablet = engine.create({ regionId: 7, life: store, generation: 1 }, START);
  if (tablet instanceof Promise) throw new TypeError("a memory tablet opens at once");
  tablet.apply(writes, meta);
  tablet.flush();
  tablet.close();
  engine.close();
  const [found] = tabletsOn(store, disk, DIRECTORY);
  if (found === undefined) throw new TypeError("no tablet was found");
  return found;
}

const DIFFER = "region 7 at index 9: store 1 and store 2 differ";

test("replicas at one index hold the same pairs", () => {
  const one = tabletOf(1, metaAt(9), put("a", "1"), put("b", "2"));
  expect(one.pairs).toHaveLength(2);
  const equal = tabletOf(2, metaAt(9), put("a", "1"), put("b", "2"));
  expect(findDifference([one, equal])).toBeUndefined();
  const otherValue = tabletOf(2, metaAt(9), put("a", "1"), put("b", "3"));
  expect(findDifference([one, otherValue])).toBe(DIFFER);
  expect(findDifference([one, tabletOf(2, metaAt(9), put("a", "1"))])).toBe(DIFFER);
});

test("at one index they are the same region, of the same term and group", () => {
  const one = tabletOf(1, metaAt(9));
  expect(findDifference([one, tabletOf(2, metaAt(9, { appliedTerm: 6 as never }))])).toBe(DIFFER);
  const half = { range: range("", "m"), isUntrimmed: true };
  expect(findDifference([one, tabletOf(2, metaAt(9, half))])).toBe(DIFFER);
  const confState = { ...START.confState, voters: [11, 12] };
  expect(findDifference([one, tabletOf(2, metaAt(9, { confState }))])).toBe(DIFFER);
});

test("replicas at two indexes may differ", () => {
  const behind = tabletOf(2, metaAt(8), put("a", "0"));
  expect(findDifference([tabletOf(1, metaAt(9), put("a", "1")), behind])).toBeUndefined();
});

test("what a split has left behind counts for nothing", () => {
  const half = { range: range("", "m"), isUntrimmed: true };
  const withRest = tabletOf(1, metaAt(9, half), put("a", "1"), put("z", "9"));
  const without = tabletOf(2, metaAt(9, half), put("a", "1"));
  expect(findDifference([withRest, without])).toBeUndefined();
});
