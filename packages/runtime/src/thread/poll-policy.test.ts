import { expect, test } from "vitest";
import { PollPolicy } from "./poll-policy.ts";

test("looks for its budget and no longer", () => {
  const policy = new PollPolicy(0.05);
  expect([0, 0.049, 0.05, 1].map((idleMs) => policy.isToLook(idleMs))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(new PollPolicy(0).isToLook(0)).toBe(false);
});

test("pauses that were long end the looking, short ones bring it back, one of either kind does not", () => {
  const policy = new PollPolicy(0.05);
  const after = (...pausesMs: number[]): boolean => {
    for (const pauseMs of pausesMs) policy.notePause(pauseMs);
    return policy.isToLook(0);
  };
  expect(after(5)).toBe(true);
  expect(after(5)).toBe(false);
  expect(after(5, 5, 5)).toBe(false);
  expect(after(0.09)).toBe(false);
  expect(after(0.09)).toBe(true);
  expect(after(0.09, 5)).toBe(true);
  expect(after(0.21)).toBe(false);
});
