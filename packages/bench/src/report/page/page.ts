// The report of a suite as one page: plots first, all rows after them, the machine beside them. It stands
// alone: no script, nothing loaded.
import type { Machine, Row, SuiteReport } from "../../suite/row.ts";
import { amount } from "../amount.ts";
import { ratioText } from "../row-table.ts";
import { drawBars } from "./bars.ts";
import type { Chart } from "./chart.ts";
import { howOf } from "./how.ts";
import { drawCurve, drawPercentiles } from "./lines.ts";
import { escaped } from "./markup.ts";
import { drawStages } from "./stages.ts";
import { STYLE } from "./style.ts";

const PROJECT =
  "multiraft keeps data in regions that are replicated by the Raft protocol, inside one Node.js process. Every " +
  "replica is an actor: it has a mailbox, takes one message at a time, and lives on one of several threads.";

/** @param how What a figure is, where it is no median of rounds in fresh processes. */
export function pageOf(
  report: SuiteReport,
  about: string,
  charts: readonly Chart[],
  how: string = howOf(report.machine),
): string {
  const title = `multiraft, ${report.suite} benchmark`;
  const shown = charts.filter((chart) => !isEmpty(chart));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
<p>${escaped(about)}</p>
<p class="quiet">${escaped(PROJECT)}</p>
<p class="quiet">${escaped(how)}</p>
</header>
${shown.map(figure).join("\n")}
<section aria-labelledby="machine">
<h2 id="machine">The machine and the run</h2>
<dl>${Object.entries(report.machine).map(fact).join("")}</dl>
</section>
<section aria-labelledby="rows">
<h2 id="rows">All rows</h2>
${table(report.rows)}
</section>
</main>
</body>
</html>
`;
}

function figure(chart: Chart, index: number): string {
  const id = `chart${index}`;
  return (
    `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(chart.title)}</h2>` +
    `<figure><figcaption>${escaped(chart.says)}</figcaption>\n${draw(chart)}</figure></section>`
  );
}

function draw(chart: Chart): string {
  switch (chart.kind) {
    case "bars":
      return drawBars(chart);
    case "curve":
      return drawCurve(chart);
    case "percentiles":
      return drawPercentiles(chart);
    case "stages":
      return drawStages(chart);
  }
}

function isEmpty(chart: Chart): boolean {
  switch (chart.kind) {
    case "bars":
      return chart.groups.every(({ bars }) => bars.length === 0);
    case "curve":
      return chart.series.every(({ points }) => points.length === 0);
    case "percentiles":
      return chart.series.length === 0;
    case "stages":
      return chart.rows.every(({ parts }) => parts.length === 0);
  }
}

function fact([name, value]: readonly [string, Machine[string]]): string {
  return `<dt>${escaped(name)}</dt><dd>${escaped(String(value))}</dd>`;
}

function table(rows: readonly Row[]): string {
  const caption =
    "Ratios are ours over the rival's, of the same run: above 1 we are better. CPU is that of one " +
    "repetition, all threads together.";
  const head = ["median", "lowest", "highest"].map(
    (name) => `<th scope="col" class="number">${name}</th>`,
  );
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="All rows"><table><caption>${caption}</caption>` +
    `<thead><tr><th scope="col">case</th>${head.join("")}<th scope="col">unit</th>` +
    `<th scope="col" class="number">CPU, s</th><th scope="col">ratios</th>` +
    `<th scope="col">parameters</th></tr></thead>\n<tbody>${rows.map(tableRow).join("\n")}</tbody></table></div>`
  );
}

function tableRow({ case: name, params, unit, median, spread, cpuSeconds, ratios }: Row): string {
  const numbers = [median, ...spread].map((value) => `<td class="number">${amount(value)}</td>`);
  const compared = Object.entries(ratios).map(([rival, ratio]) => `${ratioText(ratio)} ${rival}`);
  const given = Object.entries(params).map(([key, value]) => `${key} ${value}`);
  return (
    `<tr><th scope="row">${escaped(name)}</th>${numbers.join("")}<td>${escaped(unit)}</td>` +
    `<td class="number">${cpuSeconds.toFixed(2)}</td><td>${escaped(compared.join(", "))}</td>` +
    `<td>${escaped(given.join(", "))}</td></tr>`
  );
}
