import { describe, expect, test } from "vitest";
import { countExtensions, countOrders } from "./count.ts";
import { ordersOf } from "./orders.ts";
import { isCrash, type Order, RACE_TABLE, type RaceEvent, type Table } from "./table.ts";

const [a, b, c] = RACE_TABLE.events as readonly [RaceEvent, RaceEvent, RaceEvent];

describe("the count of what a table allows", () => {
  test.each<readonly [string, Table["after"], number]>([
    ["three events of any order", {}, 6],
    ["a chain", { [b]: [a], [c]: [b] }, 1],
    ["one before two", { [b]: [a], [c]: [a] }, 2],
    ["two before one", { [c]: [a, b] }, 2],
  ])("%s", (_, after, extensions) => {
    const table = { events: [a, b, c], after };
    expect(countExtensions(table)).toBe(extensions);
    // Four gaps, two kinds of crash; two crashes have ten pairs of gaps.
    expect(countOrders(table, 1)).toBe(extensions * (1 + 4 * 2));
    expect(countOrders(table, 2)).toBe(extensions * (1 + 4 * 2 + 10 * 4));
  });

  test("a table that waits for itself allows nothing", () => {
    expect(countExtensions({ events: [a, b], after: { [a]: [b], [b]: [a] } })).toBe(0);
  });
});

describe("the orders of the founding race", () => {
  test.each([0, 1])("are as many as the count says, with %i crashes", (crashes) => {
    expect(lengthOf(ordersOf(RACE_TABLE, crashes))).toBe(countOrders(RACE_TABLE, crashes));
  });

  test("differ from each other, and each obeys the table", () => {
    const orders = [...ordersOf(RACE_TABLE, 0)];
    expect(new Set(orders.map((order) => order.join("|"))).size).toBe(orders.length);
    expect(orders.every(obeysTheTable)).toBe(true);
  });

  test("a crash comes at every gap", () => {
    const gaps = new Set<number>();
    for (const order of ordersOf(RACE_TABLE, 1)) gaps.add(order.findIndex(isCrash));
    expect([...gaps].sort((x, y) => x - y)).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

function obeysTheTable(order: Order): boolean {
  return RACE_TABLE.events.every((event) =>
    (RACE_TABLE.after[event] ?? []).every(
      (earlier) => order.indexOf(earlier) < order.indexOf(event),
    ),
  );
}

function lengthOf(orders: Iterable<Order>): number {
  let length = 0;
  for (const _ of orders) length += 1;
  return length;
}
