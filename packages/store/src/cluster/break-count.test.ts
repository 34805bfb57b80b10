import { expect, test } from "vitest";
import { BREAKS_COUNT_MS, BreakCount, REOPENED_MAX } from "./break-count.ts";

const START_MS = 1_700_000_000_000;

test("a few breaks in a row are mended, the next is not", () => {
  const count = new BreakCount();
  for (let at = 0; at < REOPENED_MAX; at += 1) expect(count.note(START_MS + at)).toBe(true);
  expect(count.note(START_MS + REOPENED_MAX)).toBe(false);
});

test("breaks that lie far apart are never too many", () => {
  const count = new BreakCount();
  for (let at = 0; at < 10 * REOPENED_MAX; at += 1)
    expect(count.note(START_MS + at * (BREAKS_COUNT_MS + 1))).toBe(true);
});

test("what broke too often and was quiet since may break again", () => {
  const count = new BreakCount();
  for (let at = 0; at <= REOPENED_MAX; at += 1) count.note(START_MS);
  expect(count.note(START_MS + BREAKS_COUNT_MS)).toBe(false);
  expect(count.note(START_MS + 2 * BREAKS_COUNT_MS + 1)).toBe(true);
});

test("what somebody has seen to may break as often as at first", () => {
  const count = new BreakCount();
  for (let at = 0; at <= REOPENED_MAX; at += 1) count.note(START_MS);
  count.forget();
  for (let at = 0; at < REOPENED_MAX; at += 1) expect(count.note(START_MS)).toBe(true);
  expect(count.note(START_MS)).toBe(false);
});
