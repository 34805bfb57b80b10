// A client beside snapshots, by what a store may send: its latency, and how many times that of the same load
// while nothing moves.
import type { BarChart } from "../../report/page/chart.ts";
import { type Case, caseOf, type Figure } from "../case.ts";
import { barsOf } from "../charts.ts";
import type { Outcome } from "../outcome.ts";
import type { SuiteOptions } from "../suite.ts";
import { type BesideParams, besideRound } from "./beside-round.ts";

const KINDS = ["reads", "writes"];
const SHOWN = ["p50", "p99", "p99.9"];
const TIMES = "x quiet";

const FIGURES: readonly Figure[] = [
  ...KINDS.flatMap((kind): readonly Figure[] => [
    ...SHOWN.map(
      (key): Figure => ({
        key: `${kind} ${key}`,
        label: `${kind} ${key}`,
        unit: "us",
        better: "less",
      }),
    ),
    { key: `quiet ${kind} p99`, label: `quiet ${kind} p99`, unit: "us", better: "less" },
    { key: `${kind} over quiet`, label: `${kind} p99 over quiet`, unit: TIMES, better: "less" },
  ]),
  { key: "streamed", label: "snapshots", unit: "MB/s", better: "more" },
];

type Load = Pick<
  BesideParams,
  "regions" | "regionUserBytes" | "valueBytes" | "records" | "operationsPerSecond" | "seconds"
>;
const FULL: Load = {
  regions: 6,
  regionUserBytes: 32e6,
  valueBytes: 1_024,
  records: 2_000,
  operationsPerSecond: 500,
  seconds: 10,
};
const QUICK: Load = {
  regions: 2,
  regionUserBytes: 2e6,
  valueBytes: 1_024,
  records: 300,
  operationsPerSecond: 100,
  seconds: 0.5,
};

/** Megabytes a second, by name. */
const CAPS = { "100 MB/s": 100, "400 MB/s": 400, unlimited: 0 };

export function besideCases({ isQuick, isAll, threads }: SuiteOptions): readonly Case[] {
  const engines = isAll ? (["lmdb", "memory"] as const) : (["lmdb"] as const);
  return engines.flatMap((engine) =>
    Object.entries(CAPS).map(([cap, megabytesPerSecond]) =>
      caseOf(besideRound, {
        name: `${engine}, client beside snapshots, ${cap}`,
        params: {
          engine,
          threads: threads?.[0] ?? 2,
          snapshotBytesPerSecond: megabytesPerSecond * 1e6,
          ...(isQuick ? QUICK : FULL),
        },
        figures: FIGURES,
        repetitions: { warmUps: 0, iterations: 1 },
      }),
    ),
  );
}

export function besideChart(outcomes: readonly Outcome[]): BarChart {
  return barsOf(outcomes, {
    title: "A client beside snapshots",
    says:
      "How many times longer the slowest hundredth of a client's operations takes while other regions " +
      "stream between stores than while nothing moves. Less is better.",
    unit: TIMES,
  });
}
