import { expect, test } from "vitest";
import { latencyFigures } from "./latency.ts";

test("percentiles are those of the nearest rank, in microseconds", () => {
  const durationsMs = Float64Array.from({ length: 1_000 }, (_, i) => 1_000 - i);
  const { p50, p90, p99, "p99.9": p999, max } = latencyFigures(durationsMs);
  expect([p50, p90, p99, p999, max]).toEqual([500e3, 900e3, 990e3, 999e3, 1_000e3]);
});

test("one duration is every percentile", () => {
  expect(new Set(Object.values(latencyFigures(new Float64Array([2]))))).toEqual(new Set([2_000]));
});

test("of nothing there are none", () => {
  expect(() => latencyFigures(new Float64Array())).toThrow("percentiles of nothing");
});
