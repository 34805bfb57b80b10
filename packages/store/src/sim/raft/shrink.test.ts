import { describe, expect, test } from "vitest";
import { SHRINK_TRIALS_MAX, shrink } from "./shrink.ts";

const numbers = Array.from({ length: 500 }, (_, place) => place);

describe("shrinking", () => {
  test("leaves exactly what the failure needs, in its order", () => {
    const needed = [3, 77, 78, 401];
    const isFailing = (left: readonly number[]) => needed.every((number) => left.includes(number));
    expect(shrink(numbers, isFailing)).toEqual(needed);
  });

  test("takes out pairs that cannot go one by one", () => {
    const isFailing = (left: readonly number[]) =>
      left.includes(9) && left.includes(200) === left.includes(201);
    expect(shrink(numbers, isFailing)).toEqual([9]);
  });

  test("leaves nothing where nothing is needed", () => {
    expect(shrink(numbers, () => true)).toEqual([]);
  });

  test("keeps all where all is needed, and gives up in time", () => {
    let trials = 0;
    const isFailing = (left: readonly number[]) => {
      trials += 1;
      return left.length === numbers.length;
    };
    expect(shrink(numbers, isFailing)).toEqual(numbers);
    expect(trials).toBeLessThanOrEqual(SHRINK_TRIALS_MAX);
  });
});
