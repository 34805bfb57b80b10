// Rows as a table for people.
import type { Ratio, Row } from "../suite/row.ts";
import { amount } from "./amount.ts";

/** @param runsOf How often a row's work was done; without it the table has no such column. */
export function rowTable(rows: readonly Row[], runsOf?: (row: Row) => string): string {
  const head = [
    "case",
    "median",
    "lowest .. highest",
    "cpu",
    ...(runsOf === undefined ? [] : ["runs"]),
    "ratio, same run",
  ];
  const cells = rows.map((row) => [
    row.case,
    `${amount(row.median)} ${row.unit}`,
    `${amount(row.spread[0])} .. ${amount(row.spread[1])}`,
    `${row.cpuSeconds.toFixed(2)} s`,
    ...(runsOf === undefined ? [] : [runsOf(row)]),
    Object.entries(row.ratios)
      .map(([rival, ratio]) => `${ratioText(ratio)} ${rival}`)
      .join(", "),
  ]);
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...cells.map(line)].join("\n");
}

/** `1.23 x`, or why there is none. */
export function ratioText(ratio: Ratio): string {
  return typeof ratio === "number" ? `${amount(ratio)} x` : `${ratio}:`;
}
