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
  // Of the log of the store that sends: its last 1,024.
  ...["syncs p99", "quiet syncs p99"].map(
    (key): Figure => ({ key, label: key, unit: "us", better: "less" }),
  ),
  { key: "streamed", label: "snapshots", unit: "MB/s", better: "more" },
  // Where it is well below 1 the cap was never in force, and the row says nothing of its pace.
  { key: "streamed of cap", label: "snapshots, of the cap", unit: "x", better: "more" },
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
/** The default of a store. */
const SLOW_SYNC_MS = 10;

export function besideCases(options: SuiteOptions): readonly Case[] {
  const engines = options.isAll ? (["lmdb", "memory"] as const) : (["lmdb"] as const);
  return engines.flatMap((engine) =>
    Object.entries(CAPS).flatMap(([cap, megabytesPerSecond]) => {
      const name = `${engine}, client beside snapshots, ${cap}`;
      const unheeded = `${name}, whatever syncs take`;
      const snapshotBytesPerSecond = megabytesPerSecond * 1e6;
      const pace = { engine, snapshotBytesPerSecond };
      // Without a cap nothing is paced.
      const isCompared = options.isAll && megabytesPerSecond > 0;
      const rivals = isCompared ? { "whatever syncs take": unheeded } : {};
      return [
        besideCase(name, options, { ...pace, slowSyncMs: SLOW_SYNC_MS }, rivals),
        ...(isCompared ? [besideCase(unheeded, options, { ...pace, slowSyncMs: 0 })] : []),
      ];
    }),
  );
}

function besideCase(
  name: string,
  { isQuick, threads }: SuiteOptions,
  pace: Pick<BesideParams, "engine" | "snapshotBytesPerSecond" | "slowSyncMs">,
  rivals: Case["rivals"] = {},
): Case {
  return caseOf(besideRound, {
    name,
    params: { ...pace, threads: threads?.[0] ?? 2, ...(isQuick ? QUICK : FULL) },
    figures: FIGURES,
    repetitions: { warmUps: 0, iterations: 1 },
    // Most of it loads three replicas of what is to move.
    roundSeconds: 60,
    rivals,
  });
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
