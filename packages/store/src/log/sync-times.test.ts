import { expect, test } from "vitest";
import { SyncTimes } from "./sync-times.ts";

test("percentiles are of the last 1,024 syncs", () => {
  const times = new SyncTimes();
  expect(times.percentileMs(0.99)).toBe(0);
  for (let at = 0; at < 2_000; at += 1) times.add(1_000);
  for (let at = 1; at <= 1_024; at += 1) times.add(at);
  expect(times.count).toBe(3_024);
  expect(times.percentileMs(0)).toBe(1);
  expect(times.percentileMs(0.5)).toBe(513);
  expect(times.percentileMs(1)).toBe(1_024);
});

test("the slowest sync is told once", () => {
  const times = new SyncTimes();
  expect(times.takeSlowestMs()).toBe(0);
  for (const elapsedMs of [3, 9, 4]) times.add(elapsedMs);
  expect(times.takeSlowestMs()).toBe(9);
  expect(times.takeSlowestMs()).toBe(0);
  times.add(2);
  expect(times.takeSlowestMs()).toBe(2);
});
