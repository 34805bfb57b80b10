import { describe, expect, test } from "vitest";
import { Random } from "./random.ts";

const draw = (random: Random, count = 20) => Array.from({ length: count }, () => random.below(1e6));

describe("chance that can be repeated", () => {
  test("a seed gives the same numbers again, another seed others", () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  });

  test("streams of a seed are their own, whatever was drawn elsewhere", () => {
    expect(draw(Random.fork(7, 1))).toEqual(draw(Random.fork(7, 1)));
    expect(draw(Random.fork(7, 1))).not.toEqual(draw(Random.fork(7, 2)));
    expect(draw(Random.fork(7, 1))).not.toEqual(draw(Random.fork(8, 1)));
  });

  test("every number of a range is drawn, about as often as the others", () => {
    const random = new Random(1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) {
      const number = random.below(7);
      counts[number] = (counts[number] ?? 0) + 1;
    }
    const drawn = Array.from({ length: 7_000 }, () => random.between(3, 5));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
    for (const count of counts) expect(count).toBeGreaterThan(9_000);
  });

  test("a chance of 0 never comes, one of 100 always", () => {
    const random = new Random(3);
    for (let i = 0; i < 1_000; i++) {
      expect(random.chance(0)).toBe(false);
      expect(random.chance(100)).toBe(true);
    }
  });
});
