import { expect, test } from "vitest";
import type { Generation } from "../log/record.ts";
import { generationFloor } from "./generation-floor.ts";

test("the first opening goes on where the log ends", () => {
  expect(generationFloor(0, 1)).toBe(0);
  expect(generationFloor(7 as Generation, 1)).toBe(7);
});

test.each([0, 1, 1_000])(
  "no opening gives a name of another one: %d installs in each",
  (installs) => {
    const given = new Set<number>();
    let installed = 0;
    let count = 0;
    for (let opening = 1; opening <= 6; opening += 1) {
      let last: number = generationFloor(installed as Generation, opening);
      // As many as were received in vain, before each install and at the end.
      for (let round = 0; round <= installs; round += 1) {
        for (let vain = 0; vain < 3; vain += 1) given.add(++last);
        count += 3;
        if (round < installs) installed = last;
      }
    }
    expect(given.size).toBe(count);
  },
);
