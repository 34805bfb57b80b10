import { expect, test } from "vitest";
import { playWhole } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

const scenario = (play: Scenario["play"]): Scenario => ({
  id: "C-1",
  title: "a scenario of this test",
  source: "nowhere",
  invariant: "none",
  play,
  guard: { kind: "construction", why: "there is nothing to guard" },
});

test("a scenario that asks the machine for anything ends badly, and all is open again afterwards", () => {
  expect(playWhole(scenario(() => void Date.now()))).toContain("nobody may ask for Date.now");
  expect(playWhole(scenario(() => undefined))).toBeUndefined();
  expect(Date.now()).toBeGreaterThan(0);
});
