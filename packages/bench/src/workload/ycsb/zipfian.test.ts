import { Sfc32 } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import { Zipfian } from "./zipfian.ts";

const DRAWS = 200_000;

function frequencies(zipfian: Zipfian): Float64Array {
  const random = new Sfc32(7);
  const counts = new Float64Array(zipfian.items);
  for (let i = 0; i < DRAWS; i += 1) {
    const rank = zipfian.draw(random);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  return counts.map((count) => count / DRAWS);
}

describe("Zipfian", () => {
  test("the first ranks are drawn as often as the distribution says", () => {
    const items = 1_000;
    let zeta = 0;
    for (let rank = 1; rank <= items; rank += 1) zeta += rank ** -0.99;
    const found = frequencies(new Zipfian(items));
    for (const rank of [0, 1]) expect(found[rank]).toBeCloseTo((rank + 1) ** -0.99 / zeta, 2);
    // Further down the inversion is an approximation: ranks are held together by tens.
    const share = (from: number, to: number) =>
      found.slice(from, to).reduce((sum, one) => sum + one, 0);
    let expected = 0;
    for (let rank = 11; rank <= 100; rank += 1) expected += rank ** -0.99 / zeta;
    expect(share(10, 100)).toBeCloseTo(expected, 1);
  });

  test("every draw is a rank", () => {
    for (const items of [1, 2, 3, 10]) {
      const found = frequencies(new Zipfian(items));
      expect(found.length).toBe(items);
      expect(found.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    }
  });

  test("ranks that were added are drawn as if they had been there", () => {
    const grown = new Zipfian(10);
    grown.extend(500);
    expect(frequencies(grown)).toEqual(frequencies(new Zipfian(500)));
    expect(() => grown.extend(499)).toThrow(/only added/);
  });
});
