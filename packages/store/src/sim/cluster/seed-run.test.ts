import { expect, test } from "vitest";
import { PROFILES } from "./profile.ts";
import { wholeSchedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";

/** A fraction of a seed of a campaign, so that every profile is run each time. */
const STEPS = 2_000;

test.each(PROFILES.map(({ name }) => name))("a seed of %s keeps every promise", async (name) => {
  const { violation, history, steps } = await new SeedRun(wholeSchedule(12, name, STEPS)).run();
  expect(violation).toBeUndefined();
  expect(steps).toBeGreaterThan(STEPS);
  expect(history.length).toBeGreaterThan(20);
});

test("a seed run twice is the same run, and another seed is another", async () => {
  const run = async (seed: number) =>
    (await new SeedRun(wholeSchedule(seed, "storm", STEPS)).run()).hash;
  const first = await run(21);
  expect(await run(21)).toBe(first);
  expect(await run(22)).not.toBe(first);
});
