// Work that consists of parts: each as a piece of one bar.
import { amount } from "../amount.ts";
import { linearAxis } from "./axis.ts";
import type { StageChart } from "./chart.ts";
import { at, escaped } from "./markup.ts";
import { COLOURS, picture } from "./picture.ts";

const WIDTH = 720;
const ROW = 44;
const BAR = 18;
const AMOUNT_WIDTH = 110;

type Row = StageChart["rows"][number];

export function drawStages({ title, says, unit, rows }: StageChart): string {
  const max = Math.max(...rows.map(totalOf));
  const { place } = linearAxis(max, { from: 0, to: WIDTH - AMOUNT_WIDTH });
  const names = [...new Set(rows.flatMap(({ parts }) => parts.map(({ label }) => label)))];
  const drawn = rows.map((row, index) => drawRow(row, index * ROW, unit, names, place));
  return picture(title, says, WIDTH, rows.length * ROW, drawn.join("")) + partLegend(names);
}

function drawRow(
  row: Row,
  top: number,
  unit: string,
  names: readonly string[],
  place: (value: number) => number,
): string {
  let from = 0;
  const pieces = row.parts.map(({ label, value }) => {
    const x = place(from);
    from += value;
    const width = Math.max(1, place(from) - x);
    const text = escaped(`${row.label}, ${label}: ${amount(value)} ${unit}`);
    const colour = names.indexOf(label) % COLOURS;
    return (
      `<rect class="part c${colour}" x="${at(x)}" y="${top + 18}" width="${at(width)}" height="${BAR}">` +
      `<title>${text}</title></rect>`
    );
  });
  const total = `${amount(totalOf(row))} ${unit}`;
  return (
    `<text x="0" y="${top + 13}">${escaped(row.label)}</text>${pieces.join("")}` +
    `<text class="amount" x="${at(place(from) + 8)}" y="${top + 32}">${escaped(total)}</text>`
  );
}

function partLegend(names: readonly string[]): string {
  const items = names.map((name, index) => {
    const sample = `<rect class="part c${index % COLOURS}" width="24" height="10"/>`;
    return `<li><svg aria-hidden="true" viewBox="0 0 24 10">${sample}</svg> ${escaped(name)}</li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

function totalOf({ parts }: Row): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}
