import { expect, test } from "vitest";
import { ROUNDS_MAX, untilAtRest } from "./at-rest.ts";

test("ends with the first round that has nothing to do", () => {
  let rounds = 0;
  untilAtRest(() => ++rounds < 5);
  expect(rounds).toBe(5);
});

test("gives up on nodes that never come to rest", () => {
  let rounds = 0;
  expect(() => untilAtRest(() => ++rounds > 0)).toThrow(/do not come to rest/);
  expect(rounds).toBe(ROUNDS_MAX);
});
