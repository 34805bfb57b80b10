// Plots out of outcomes, as most suites want them.
import type { BarChart, PercentileChart } from "../report/page/chart.ts";
import type { Case } from "./case.ts";
import type { Outcome } from "./outcome.ts";

type Words = { readonly title: string; readonly says: string };

/** All outcomes of one unit, in one group. */
export function barsOf(
  outcomes: readonly Outcome[],
  { unit, ...words }: Words & { readonly unit: string },
): BarChart {
  const inUnit = outcomes.filter(({ figure }) => figure.unit === unit);
  return { kind: "bars", ...words, groups: [{ label: "", unit, bars: inUnit.map(barOf) }] };
}

/** CPU seconds of all threads for a million operations; the smaller the better. */
export function cpuBars(outcomes: readonly Outcome[], words: Words): BarChart {
  const bars = outcomes.map(({ row, of, operations }) => ({
    label: row.case,
    value: (row.cpuSeconds / operations) * 1e6,
    spread: undefined,
    isRival: of.isRival,
  }));
  return { kind: "bars", ...words, groups: [{ label: "", unit: "CPU s / million", bars }] };
}

function barOf({ row, of }: Outcome): BarChart["groups"][number]["bars"][number] {
  return { label: row.case, value: row.median, spread: row.spread, isRival: of.isRival };
}

/** A line for each case that has every one of the percentiles among its figures. */
export function percentilesOf(
  outcomes: readonly Outcome[],
  percentiles: readonly string[],
  { unit, ...words }: Words & { readonly unit: string },
): PercentileChart {
  const cases = [...new Set(outcomes.map(({ of }) => of))];
  const valuesOf = (one: Case) =>
    percentiles.flatMap(
      (key) =>
        outcomes.find(({ of, figure }) => of === one && figure.key === key)?.row.median ?? [],
    );
  const series = cases
    .map((one) => ({ label: one.name, isRival: one.isRival, values: valuesOf(one) }))
    .filter(({ values }) => values.length === percentiles.length);
  return { kind: "percentiles", ...words, unit, percentiles, series };
}
