import type { Key } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { mergeStrata, middleOf, type Stratum } from "./middle-key.ts";

const strata = (...sizes: [string, number][]): Stratum[] =>
  sizes.map(([start, bytes]) => ({ start: start as Key, bytes }));

test.each([
  [strata(), undefined],
  [strata(["a", 5]), undefined],
  [strata(["a", 5], ["a", 3]), undefined],
  [strata(["a", 5], ["b", 5]), "b"],
  [strata(["a", 1], ["b", 1], ["c", 1], ["d", 1]), "c"],
  [strata(["a", 9], ["b", 1], ["c", 1]), "b"],
  [strata(["a", 1], ["b", 1], ["c", 9]), "c"],
])("%j is cut at %s", (given, middle) => {
  expect(middleOf(given)).toBe(middle);
});

test("strata of an engine and of a buffer are cut as one", () => {
  const merged = mergeStrata(strata(["a", 4], ["e", 4]), strata(["b", 1], ["f", 20], ["g", 1]));
  expect(merged.map((stratum) => stratum.start).join("")).toBe("abefg");
  expect(middleOf(merged)).toBe("g");
});
