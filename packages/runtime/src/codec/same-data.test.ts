import { inspect, isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { isSameData } from "./same-data.ts";

class Point {
  readonly x = 1;
}
const named = Object.assign([1], { name: 1 });
const holed = new Array(1);
const symbolic = { a: 1, [Symbol("s")]: 1 };
const hidden = Object.defineProperty({ a: 1 }, "b", { value: 2, enumerable: false });

const VALUES: readonly unknown[] = [
  ...[0, -0, 1, Number.NaN, "", "a", true, false, null, undefined, 1n],
  ...[[], [1], [undefined], holed, [[1], { a: [] }], [1, 2], named],
  ...[{}, { a: 1 }, { a: undefined }, { b: undefined }, { a: -0 }, { a: { b: 1 } }, { a: 1, b: 2 }],
  ...[{ b: 2, a: 1 }, symbolic, hidden, { x: 1 }, new Point(), Object.create(null)],
  ...[new Uint8Array([1]), new Uint8Array([2]), Buffer.from([1]), new Int8Array([1])],
  ...[new Date(1), new Date(2), new Set([1]), new Set([2]), new Map(), new Error("a")],
];

/** Nothing that is decoded is like these. */
const NEVER_RECEIVED: readonly unknown[] = [named, holed, symbolic];

test("says what isDeepStrictEqual says, of every two of many values", () => {
  const pairs = VALUES.filter((value) => !NEVER_RECEIVED.includes(value)).flatMap((received) =>
    VALUES.map((sent) => ({ received, sent })),
  );
  const disputed = pairs.filter(
    ({ received, sent }) => isSameData(received, sent) !== isDeepStrictEqual(received, sent),
  );
  expect(disputed.map((pair) => inspect(pair, { showHidden: true }))).toEqual([]);
});
