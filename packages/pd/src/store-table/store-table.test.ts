import { expect, test } from "vitest";
import { toStoreId } from "../protocol/index.ts";
import { StoreTable } from "./store-table.ts";

const LIMITS = { storeSilentMs: 10, storeDownMs: 100 };
const ONE = toStoreId(1);

function livenessAt(table: StoreTable, nowMs: number): string {
  const entry = table.byId(ONE);
  return entry === undefined ? "unknown" : table.liveness(entry, nowMs, LIMITS);
}

test.each([
  [0, "alive"],
  [9, "alive"],
  [10, "silent"],
  [99, "silent"],
  [100, "down"],
])("a store heard from %i ms ago is %s", (quietMs, expected) => {
  const table = new StoreTable(0, []);
  table.put(ONE, 5_000);
  expect(livenessAt(table, 5_000 + quietMs)).toBe(expected);
});

test.each([
  [0, "silent"],
  [99, "silent"],
  [100, "down"],
])("a store not heard from since the start, %i ms ago, is %s", (sinceMs, expected) => {
  const table = new StoreTable(5_000, [{ id: ONE, state: "up" }]);
  expect(livenessAt(table, 5_000 + sinceMs)).toBe(expected);
});

test("a look notices each change once", () => {
  const table = new StoreTable(0, []);
  table.put(ONE, 0);
  const looks = [0, 1, 10, 11, 100, 101].map((nowMs) => table.lookAtLiveness(nowMs, LIMITS));
  expect(looks).toEqual([true, false, true, false, true, false]);
});

test("stores are in the order of their ids, and a removed one stays", () => {
  const table = new StoreTable(0, [{ id: toStoreId(5), state: "removed" }]);
  expect(table.put(toStoreId(3), 1)).toBe("added");
  expect(table.put(toStoreId(3), 2)).toBe("known");
  expect(table.put(toStoreId(5), 3)).toBe("removed");
  expect(table.metas).toEqual([
    { id: 3, state: "up" },
    { id: 5, state: "removed" },
  ]);
  const [, removed] = table.all;
  expect(() => removed && table.setState(removed, "up")).toThrow("has been removed");
});
