import { describe, expect, test } from "vitest";
import { SCENARIOS } from "./all-scenarios.ts";
import { canBeTakenOut, playWhole, playWithout } from "./run-scenario.ts";

describe.each(SCENARIOS.map((one) => [`${one.id}: ${one.title}`, one] as const))(
  "%s",
  (_, scenario) => {
    test("holds", () => {
      expect(playWhole(scenario)).toBeUndefined();
    });

    test.runIf(canBeTakenOut(scenario.guard))("and its guard would be missed", () => {
      expect(playWithout(scenario)).toBeDefined();
    });
  },
);
