// Lines over an axis: percentiles of latency, and curves of one amount over another.
import { amount } from "../amount.ts";
import { type Axis, linearAxis, logAxis } from "./axis.ts";
import type { CurveChart, PercentileChart } from "./chart.ts";
import { at, escaped } from "./markup.ts";
import { COLOURS, legend, line, type Named, picture } from "./picture.ts";

const WIDTH = 720;
const HEIGHT = 340;
const LEFT = 76;
const RIGHT = WIDTH - 20;
const TOP = 26;
const BOTTOM = HEIGHT - 46;

type Placed = Named & { readonly points: readonly { readonly x: number; readonly y: number }[] };
type Tick = { readonly at: number; readonly text: string };

export function drawPercentiles({
  title,
  says,
  unit,
  percentiles,
  series,
}: PercentileChart): string {
  const y = logAxis(
    series.flatMap(({ values }) => values),
    { from: BOTTOM, to: TOP },
  );
  const step = (RIGHT - LEFT) / percentiles.length;
  const xOf = (index: number) => LEFT + step * (index + 0.5);
  const ticks = percentiles.map((text, index) => ({ at: xOf(index), text }));
  const placed = series.map(({ values, ...named }) => ({
    ...named,
    points: values.map((value, index) => ({ x: xOf(index), y: y.place(value) })),
  }));
  const content = frame(ticks, y, "percentile of all operations", `${unit}, logarithmic`);
  return picture(title, says, WIDTH, HEIGHT, content + lines(placed)) + legend(series);
}

export function drawCurve(chart: CurveChart): string {
  const { title, says, xLabel, yLabel, series } = chart;
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const ys = series.flatMap(({ points }) => points.map(({ y }) => y));
  const x = axisOf(chart.xScale, xs, { from: LEFT, to: RIGHT - 20 });
  const y = axisOf(chart.yScale, ys, { from: BOTTOM, to: TOP });
  const ticks = x.ticks.map((tick) => ({ at: x.place(tick), text: amount(tick) }));
  const placed = series.map(({ points, ...named }) => ({
    ...named,
    points: points.map((point) => ({ x: x.place(point.x), y: y.place(point.y) })),
  }));
  const content = frame(ticks, y, xLabel, yLabel);
  return picture(title, says, WIDTH, HEIGHT, content + lines(placed)) + legend(series);
}

function axisOf(
  scale: CurveChart["xScale"],
  values: readonly number[],
  place: Parameters<typeof linearAxis>[1],
): Axis {
  return scale === "log" ? logAxis(values, place) : linearAxis(Math.max(...values), place);
}

function frame(xTicks: readonly Tick[], y: Axis, xLabel: string, yLabel: string): string {
  const horizontal = y.ticks.map((tick) => {
    const place = at(y.place(tick));
    return (
      `<path class="grid" d="M${LEFT} ${place}H${RIGHT}"/>` +
      `<text class="end" x="${LEFT - 8}" y="${at(y.place(tick) + 4)}">${amount(tick)}</text>`
    );
  });
  const vertical = xTicks.map(
    (tick) =>
      `<text class="middle" x="${at(tick.at)}" y="${BOTTOM + 18}">${escaped(tick.text)}</text>`,
  );
  const names =
    `<text x="0" y="12">${escaped(yLabel)}</text>` +
    `<text class="middle" x="${at((LEFT + RIGHT) / 2)}" y="${HEIGHT - 6}">${escaped(xLabel)}</text>`;
  return horizontal.join("") + vertical.join("") + names;
}

function lines(series: readonly Placed[]): string {
  return series
    .map(({ label, isRival, points }, index) => {
      const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${at(x)} ${at(y)}`).join("");
      const marks = points.map(
        ({ x, y }) =>
          `<circle class="mark c${index % COLOURS}" cx="${at(x)}" cy="${at(y)}" r="3.5"/>`,
      );
      const name = `<title>${escaped(label)}</title>`;
      return `<g>${name}${line(index, isRival, path)}${marks.join("")}</g>`;
    })
    .join("");
}
