// Durations of single operations, kept one by one: percentiles are exact.
import { assert } from "@multiraft/runtime";
import type { Figure } from "./case.ts";
import type { Figures } from "./round.ts";

/** In thousandths: whole numbers, so that ranks are exact. */
const PERCENTILES = { p50: 500, p90: 900, p99: 990, "p99.9": 999, max: 1_000 } as const;

export const LATENCY_KEYS = Object.keys(PERCENTILES);

/** One row a percentile. */
export const LATENCY_FIGURES: readonly Figure[] = LATENCY_KEYS.map((key) => ({
  key,
  label: key,
  unit: "us",
  better: "less",
}));

/** @param durationsMs At least one. @returns Microseconds by percentile (nearest rank). */
export function latencyFigures(durationsMs: Float64Array): Figures {
  assert(durationsMs.length > 0, "percentiles of nothing");
  const sorted = durationsMs.toSorted();
  const rank = (perMille: number) => Math.max(0, Math.ceil((perMille * sorted.length) / 1_000) - 1);
  const figures = Object.entries(PERCENTILES).map(([key, perMille]) => [
    key,
    (sorted[rank(perMille)] ?? 0) * 1_000,
  ]);
  return Object.fromEntries(figures);
}
