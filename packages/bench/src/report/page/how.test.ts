import { expect, test } from "vitest";
import { howOf } from "./how.ts";

test("a full run is told by its rounds", () => {
  const how = howOf({ rounds: 5, quick: false });
  expect(how).toContain("median of 5 rounds");
  expect(how).not.toContain("quick");
});

test("a quick run does not pass for a full one", () => {
  const how = howOf({ rounds: 1, quick: true });
  expect(how).toContain("quick run");
  expect(how).toContain("one round");
  expect(how).not.toMatch(/median|lowest/);
});

test("a run with profiles does not pass for one without", () => {
  expect(howOf({ rounds: 3, quick: false, profiled: true })).toContain("CPU profiles were taken");
  expect(howOf({ rounds: 3, quick: false })).not.toContain("CPU profiles");
});
