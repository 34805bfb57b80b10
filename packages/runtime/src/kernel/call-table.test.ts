import { expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import { Call } from "./call.ts";
import { CallTable } from "./call-table.ts";
import type { Cell } from "./cell.ts";

function owner(): Cell {
  const threads = new Threads();
  const cell = threads.kernel().cells.find(threads.outside.self);
  if (cell === undefined) throw new Error("the outside is gone");
  return cell;
}

const cell = owner();

function open(table: CallTable): Call {
  const expected = { what: "ask", settle: () => {} } as const;
  const call = new Call(table.nextNumber(), cell, expected, undefined, () => {});
  table.add(call);
  return call;
}

test("a number is never given twice, whatever stays open", () => {
  const table = new CallTable();
  const given = new Set<number>();
  const old: Call[] = [];
  for (let round = 0; round < 5_000; round += 1) {
    const call = open(table);
    expect(given.has(call.number)).toBe(false);
    given.add(call.number);
    if (round % 50 === 0) old.push(call);
    else table.remove(call);
  }
  expect(table.size).toBe(old.length);
  for (const call of old) expect(table.get(call.number)).toBe(call);
  expect(table.inOrder()).toEqual(old);
});

test("a call that has ended is not found, nor who shares its place, nor none", () => {
  const table = new CallTable();
  const call = open(table);
  expect(table.get(call.number + 64)).toBeUndefined();
  expect(table.get(call.number + 2 ** 40)).toBeUndefined();
  expect(table.get(0)).toBeUndefined();
  table.remove(call);
  expect(table.get(call.number)).toBeUndefined();
  expect(() => table.remove(call)).toThrow(/not open/);
});
