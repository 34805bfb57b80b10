import { describe, expect, test } from "vitest";
import { type Case, rateIn } from "./case.ts";
import { aboutText, TimeLeft } from "./time-left.ts";

function caseOf(name: string, roundSeconds: number): Case {
  return {
    name,
    roundSeconds,
    params: {},
    figures: rateIn("messages/s"),
    repetitions: { warmUps: 0, iterations: 1 },
    round: { url: "", name: "" },
    rivals: {},
    isRival: false,
  };
}

const SHORT = caseOf("short", 2);
const LONG = caseOf("long", 10);

describe("the time that is left", () => {
  test("is what cases say of themselves before anything was measured", () => {
    expect(new TimeLeft([SHORT, LONG], 3).seconds).toBe(36);
  });

  test("is what they took, and at that pace what they said", () => {
    const left = new TimeLeft([SHORT, LONG], 3);
    left.ended(SHORT, 6);
    // Three times what was said: two more of 6 s, and three of 30 s.
    expect(left.seconds).toBe(102);
    left.ended(LONG, 20);
    expect(left.seconds).toBe(2 * 6 + 2 * 20);
  });

  test("is none in the end", () => {
    const left = new TimeLeft([SHORT], 1);
    left.ended(SHORT, 4);
    expect(left.seconds).toBe(0);
  });

  test.each([
    [0.2, "about 1 s"],
    [89, "about 89 s"],
    [100, "about 2 min"],
    [3_600, "about 60 min"],
  ])("%d s is %s", (seconds, says) => {
    expect(aboutText(seconds)).toBe(says);
  });
});
