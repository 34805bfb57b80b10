import { describe, expect, test } from "vitest";
import type { Random } from "./random.ts";
import { Sfc32 } from "./sfc32.ts";

const draws = (random: Random, count = 100): number[] =>
  Array.from({ length: count }, () => random.below(1_000_000));

describe("a stream", () => {
  test("is the same for the same seed and another for another", () => {
    expect(draws(new Sfc32(1))).toEqual(draws(new Sfc32(1)));
    expect(draws(new Sfc32(1))).not.toEqual(draws(new Sfc32(2)));
    expect(draws(new Sfc32(1))).not.toEqual(draws(new Sfc32(1 + 2 ** 32)));
  });

  test("forked by the same name is the same, however far its parent was drawn", () => {
    const parent = new Sfc32(9);
    const early = draws(parent.fork("election"));
    draws(parent, 1_000);
    expect(draws(parent.fork("election"))).toEqual(early);
    expect(draws(parent.fork("gossip"))).not.toEqual(early);
    expect(draws(parent.fork("a").fork("b"))).not.toEqual(draws(parent.fork("b").fork("a")));
  });

  test("is uniform: each of ten buckets gets its tenth", () => {
    const buckets = new Array<number>(10).fill(0);
    const random = new Sfc32(5);
    for (let i = 0; i < 100_000; i += 1) {
      const bucket = random.below(10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Five standard deviations of a binomial of 100,000 and 0.1.
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });

  test("stays in its range, at the ends of the bounds too", () => {
    const random = new Sfc32(5);
    expect(random.below(1)).toBe(0);
    for (let i = 0; i < 1_000; i += 1) {
      expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
      const unit = random.unit();
      expect(unit >= 0 && unit < 1).toBe(true);
    }
    expect(() => random.below(0)).toThrow("bound");
    expect(() => random.below(2 ** 32 + 1)).toThrow("bound");
  });
});
