// Plots out of outcomes, as most suites want them.
import type { Bar, BarChart, PercentileChart } from "../report/page/chart.ts";
import type { Case } from "./case.ts";
import type { Outcome } from "./outcome.ts";

type Words = { readonly title: string; readonly says: string };

type Grouped = { readonly groupOf: (outcome: Outcome) => string };

/** All outcomes of one unit, those with the same `groupOf` side by side on one scale. */
export function barsOf(
  outcomes: readonly Outcome[],
  { unit, groupOf = () => "", ...words }: Words & Partial<Grouped> & { readonly unit: string },
): BarChart {
  return groupedBars(
    outcomes.filter(({ figure }) => figure.unit === unit),
    { groupOf, ...words },
  );
}

/** The outcomes of a group have one unit. */
export function groupedBars(
  outcomes: readonly Outcome[],
  { groupOf, ...words }: Words & Grouped,
): BarChart {
  const unitOf = ({ figure }: Outcome) => figure.unit;
  return { kind: "bars", ...words, groups: grouped(outcomes, groupOf, unitOf, barOf) };
}

/** CPU seconds of all threads for a million operations; the smaller the better. */
export function cpuBars(
  outcomes: readonly Outcome[],
  { groupOf = () => "", ...words }: Words & Partial<Grouped>,
): BarChart {
  const cpuBar = ({ row, of, operations }: Outcome) => ({
    label: row.case,
    value: (row.cpuSeconds / operations) * 1e6,
    spread: undefined,
    isRival: of.isRival,
  });
  const groups = grouped(outcomes, groupOf, () => "CPU s / million", cpuBar);
  return { kind: "bars", ...words, groups };
}

function barOf({ row, of }: Outcome): Bar {
  return { label: row.case, value: row.median, spread: row.spread, isRival: of.isRival };
}

function grouped(
  outcomes: readonly Outcome[],
  groupOf: (outcome: Outcome) => string,
  unitOf: (outcome: Outcome) => string,
  toBar: (outcome: Outcome) => Bar,
): BarChart["groups"] {
  const labels = [...new Set(outcomes.map(groupOf))];
  return labels.map((label) => {
    const all = outcomes.filter((outcome) => groupOf(outcome) === label);
    return { label, unit: all.map(unitOf)[0] ?? "", bars: all.map(toBar) };
  });
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
