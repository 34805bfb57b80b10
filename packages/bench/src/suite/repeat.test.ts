import { expect, test } from "vitest";
import { repeat } from "./repeat.ts";
import type { Repetitions } from "./round.ts";

/** @param seconds Of each repetition in turn, the last of them for all that follow; its rate is its number. */
function run(repetitions: Repetitions, seconds: readonly number[]) {
  let nowMs = 5_000;
  let done = 0;
  const round = {
    iterate: async () => {
      nowMs += (seconds[Math.min(done, seconds.length - 1)] ?? 0) * 1_000;
      done += 1;
      return { figures: { rate: done }, operations: 1, cpuSeconds: 1 };
    },
    close: async () => {},
  };
  return repeat(round, repetitions, { nowMs: () => nowMs, collect: () => {} });
}

test.each([
  ["short work as often as was asked for", 1, [0.1], { warmUps: 2, iterations: 3 }, 4],
  ["long work once for each", 1, [5], { warmUps: 1, iterations: 1 }, 2],
  ["what is slow until it is warm", 1, [2, 0.1], { warmUps: 1, iterations: 3 }, 3],
  ["up to the bound and one over it", 1, [0.6], { warmUps: 2, iterations: 2 }, 3.5],
  ["without a bound all", undefined, [500], { warmUps: 2, iterations: 3 }, 4],
])("%s", async (_, secondsMax, seconds, repeated, median) => {
  const bound = secondsMax === undefined ? {} : { secondsMax };
  const result = await run({ warmUps: 2, iterations: 3, ...bound }, seconds);
  expect(result.repeated).toEqual(repeated);
  expect(result.figures["rate"]).toBe(median);
});

test("who wants no warm-up gets none", async () => {
  const { repeated } = await run({ warmUps: 0, iterations: 1, secondsMax: 1 }, [1]);
  expect(repeated).toEqual({ warmUps: 0, iterations: 1 });
});
