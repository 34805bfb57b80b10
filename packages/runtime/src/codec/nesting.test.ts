import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { isNestedTooDeep, NESTING_MAX } from "./nesting.ts";

const packr = new Packr({ useRecords: false, moreTypes: true });

function isTooDeep(value: unknown): boolean {
  const bytes = packr.pack(value);
  return isNestedTooDeep(bytes, 0, bytes.length);
}

/** Everything that has a form of its own, so that each has to be stepped over exactly. */
const leaves: readonly (readonly [string, unknown])[] = [
  ["small numbers", [0, 127, -1, -32]],
  ["numbers", [200, 60_000, 2 ** 31, 2 ** 40, -100, -1_000, -100_000, 1.5]],
  ["big integers", [2n ** 62n, -1n, 2n ** 63n, 2n ** 200n]],
  ["constants", [null, undefined, true, false]],
  ["texts", ["", "x", "x".repeat(40), "x".repeat(300), "x".repeat(70_000)]],
  ["bytes", [1, 300, 70_000].map((length) => new Uint8Array(length))],
  ["typed arrays", [1, 2, 4, 16, 300].map((length) => new Float64Array(length))],
  ["buffers", [new ArrayBuffer(3), new DataView(new ArrayBuffer(70_000))]],
  ["dates", [0, 1, 1_700_000_000_000, 1_700_000_000_001, Number.NaN].map((ms) => new Date(ms))],
  ["marked arrays", [new Set([1, [2]]), new Error("e", { cause: "c" }), /x/g]],
  ["arrays", [[], Array(20).fill(1), Array(70_000).fill(1)]],
  ["maps", [{}, { a: 1 }, Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [n, n]))]],
  [
    "Maps",
    [new Map([[[1], { a: [] }]]), new Map(Array.from({ length: 70_000 }, (_, n) => [n, [n]]))],
  ],
];

test.each(leaves)("%s are stepped over", (_name, leaf) => {
  const filler = "x".repeat(NESTING_MAX);
  expect(isTooDeep([leaf, filler])).toBe(false);
  // What follows is found to be too deep only from the right level, at the right byte.
  expect(isTooDeep([leaf, nested(NESTING_MAX - 1)])).toBe(false);
  expect(isTooDeep([leaf, nested(NESTING_MAX)])).toBe(true);
});

function nested(levels: number, wrap = (inner: unknown): unknown => [inner]): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

test.each<[string, (inner: unknown) => unknown]>([
  ["arrays", (inner) => [inner]],
  ["objects", (inner) => ({ inner })],
  ["sets", (inner) => new Set([inner])],
  ["causes of errors", (inner) => new Error("e", { cause: inner })],
  [
    "what toJSON gives",
    (inner) =>
      new (class {
        toJSON = () => [inner];
      })(),
  ],
])("the bound is exact: %s", (_name, wrap) => {
  expect(isTooDeep(["x".repeat(300), nested(NESTING_MAX - 1, wrap)])).toBe(false);
  expect(isTooDeep(["x".repeat(300), nested(NESTING_MAX, wrap)])).toBe(true);
});
