// Rows as a table for people.
import type { Row } from "../suite/row.ts";

export function rowTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.case,
    `${amount(row.median)} ${row.unit}`,
    `${amount(row.spread[0])} .. ${amount(row.spread[1])}`,
    `${row.cpuSeconds.toFixed(2)} s`,
    Object.entries(row.ratios)
      .map(([rival, ratio]) => `${ratio.toFixed(2)} x ${rival}`)
      .join(", "),
  ]);
  const head = ["case", "median", "lowest .. highest", "cpu", "ratio, same run"];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join(
    "\n",
  );
}

function amount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1);
}
