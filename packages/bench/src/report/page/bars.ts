// Bars side by side: each under its name, with its amount behind it and its lowest and highest round as a line.
import { amount } from "../amount.ts";
import { linearAxis } from "./axis.ts";
import type { Bar, BarChart } from "./chart.ts";
import { at, escaped } from "./markup.ts";
import { picture } from "./picture.ts";

const WIDTH = 720;
const ROW = 36;
const BAR = 13;
/** Room behind the longest bar for its amount. */
const AMOUNT_WIDTH = 150;

export function drawBars({ title, says, groups }: BarChart): string {
  const drawn = groups.filter(({ bars }) => bars.length > 0);
  const plots = drawn.map(({ label, unit, bars }) => {
    const name = label === "" ? title : `${title}: ${label}`;
    const heading = label === "" ? "" : `<h3>${escaped(label)}</h3>`;
    return heading + picture(name, says, WIDTH, bars.length * ROW, rows(bars, unit));
  });
  const hasRivals = drawn.some(({ bars }) => bars.some(({ isRival }) => isRival));
  return plots.join("\n") + (hasRivals ? KEY : "");
}

const KEY = `<ul class="legend">${sample("ours", "multiraft")}${sample("rival", "others")}</ul>`;

function sample(className: string, text: string): string {
  const box = `<rect class="${className}" width="24" height="10" rx="2"/>`;
  return `<li><svg aria-hidden="true" viewBox="0 0 24 10">${box}</svg> ${text}</li>`;
}

function rows(bars: readonly Bar[], unit: string): string {
  const max = Math.max(...bars.map(({ value, spread }) => Math.max(value, spread?.[1] ?? 0)));
  const { place } = linearAxis(max, { from: 0, to: WIDTH - AMOUNT_WIDTH });
  return bars.map((bar, index) => row(bar, unit, index * ROW, place)).join("");
}

function row(
  { label, value, spread, isRival }: Bar,
  unit: string,
  top: number,
  place: (value: number) => number,
): string {
  const end = place(value);
  const middle = top + 18 + BAR / 2;
  const whisker =
    spread === undefined || spread[0] === spread[1]
      ? ""
      : `<path class="spread" d="M${at(place(spread[0]))} ${at(middle)}H${at(place(spread[1]))}"/>`;
  const behind = Math.max(end, place(spread?.[1] ?? 0)) + 8;
  const text = `${amount(value)} ${unit}`;
  return (
    `<g><title>${escaped(`${label}: ${text}`)}</title>` +
    `<text x="0" y="${top + 13}">${escaped(label)}</text>` +
    `<rect class="${isRival ? "rival" : "ours"}" x="0" y="${top + 18}" width="${at(Math.max(1, end))}" height="${BAR}" rx="2"/>` +
    whisker +
    `<text class="amount" x="${at(behind)}" y="${at(middle + 4)}">${escaped(text)}</text></g>`
  );
}
