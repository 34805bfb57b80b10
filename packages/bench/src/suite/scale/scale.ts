// The scale suite: what more threads bring, what replicas cost that have nothing to do, and how the cost of an
// operation grows with what there is.
import { availableParallelism } from "node:os";
import type { CurveChart } from "../../report/page/chart.ts";
import type { Figure } from "../case.ts";
import { groupedBars } from "../charts.ts";
import type { Outcome } from "../outcome.ts";
import type { Suite } from "../suite.ts";
import { growthCases, growthCurves, growthRows } from "./growth.ts";
import { IDLE_FIGURES, idleCases } from "./idle.ts";
import { SCALED, scaledCases } from "./scaled.ts";
import { EFFICIENCY, SPEED_UP, speedUps } from "./speed-up.ts";

export const scaleSuite: Suite = {
  about:
    "What more threads bring, what idle replicas cost, and how costs grow with regions, actors, payload.",
  threadCounts: "several",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: (options) => [...scaledCases(options), ...idleCases(options), ...growthCases(options)],
  derive: (outcomes) => [...speedUps(outcomes, availableParallelism()), ...growthRows(outcomes)],
  charts: (outcomes) => [
    threadCurve(outcomes, SPEED_UP, {
      title: "Speed-up",
      says:
        "How many times as much is done with more threads as with the fewest. Higher is better; beyond the " +
        `${availableParallelism()} cores of this machine threads share what there is.`,
      yLabel: "times the work of the fewest threads",
    }),
    threadCurve(outcomes, EFFICIENCY, {
      title: "Efficiency",
      says: "The speed-up over the number of threads that made it: 1 where each brings as much as the first.",
      yLabel: "share of a thread that is not lost",
    }),
    groupedBars(
      outcomes.filter(({ figure }) => IDLE_FIGURES.includes(figure)),
      {
        title: "Replicas that have nothing to do",
        says:
          "A process with three stores at the default intervals, at rest: CPU of all threads, memory, open files; " +
          "then a store stops, and its regions are written to until every write has come through. Less is better.",
        groupOf: ({ figure }) => figure.label,
      },
    ),
    ...growthCurves(outcomes),
  ],
};

/** A line for each work; its least count is where the figure is 1. */
function threadCurve(
  outcomes: readonly Outcome[],
  figure: Figure,
  words: Pick<CurveChart, "title" | "says" | "yLabel">,
): CurveChart {
  const pointsOf = (work: Figure) => {
    const own = outcomes.filter(
      ({ figure: one, of }) => one === figure && of.figures.includes(work),
    );
    const points = own.map(({ row: { params, median } }) => ({
      x: Number(params["threads"]),
      y: median,
    }));
    const base = own[0]?.row.params["base"];
    return base === undefined ? [] : [{ x: Number(base), y: 1 }, ...points];
  };
  return {
    kind: "curve",
    ...words,
    xLabel: "threads",
    xScale: "linear",
    yScale: "linear",
    series: SCALED.map(({ name, figure: work }) => ({
      label: name,
      isRival: false,
      points: pointsOf(work),
    })).filter(({ points }) => points.length > 0),
  };
}
