// Plots out of outcomes, as most suites want them.
import type { Bar, BarChart, PercentileChart } from "../report/page/chart.ts";
import type { Case } from "./case.ts";
import type { Outcome } from "./outcome.ts";

type Words = { readonly title: string; readonly says: string };

type Grouped = { readonly groupOf?: (outcome: Outcome) => string };

/** All outcomes of one unit, those with the same `groupOf` side by side on one scale. */
export function barsOf(
  outcomes: readonly Outcome[],
  { unit, groupOf, ...words }: Words & Grouped & { readonly unit: string },
): BarChart {
  const inUnit = outcomes.filter(({ figure }) => figure.unit === unit);
  return { kind: "bars", ...words, groups: grouped(inUnit, unit, barOf, groupOf) };
}

/** CPU seconds of all threads for a million operations; the smaller the better. */
export function cpuBars(
  outcomes: readonly Outcome[],
  { groupOf, ...words }: Words & Grouped,
): BarChart {
  const cpuBar = ({ row, of, operations }: Outcome) => ({
    label: row.case,
    value: (row.cpuSeconds / operations) * 1e6,
    spread: undefined,
    isRival: of.isRival,
  });
  const groups = grouped(outcomes, "CPU s / million", cpuBar, groupOf);
  return { kind: "bars", ...words, groups };
}

function barOf({ row, of }: Outcome): Bar {
  return { label: row.case, value: row.median, spread: row.spread, isRival: of.isRival };
}

function grouped(
  outcomes: readonly Outcome[],
  unit: string,
  toBar: (outcome: Outcome) => Bar,
  groupOf: (outcome: Outcome) => string = () => "",
): BarChart["groups"] {
  const labels = [...new Set(outcomes.map(groupOf))];
  return labels.map((label) => ({
    label,
    unit,
    bars: outcomes.filter((outcome) => groupOf(outcome) === label).map(toBar),
  }));
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
