// Storms of small regions whose lives begin and end, by the placement driver and driven directly: what is between
// the two is what the driver costs.
import type { BarChart } from "../../report/page/chart.ts";
import { type Case, caseOf, type Figure } from "../case.ts";
import { barsOf } from "../charts.ts";
import type { Outcome } from "../outcome.ts";
import type { SuiteOptions } from "../suite.ts";
import { stormRound } from "./storm-round.ts";

const REGION_BYTES = 16 * 1_024;
const VALUE_BYTES = 1_024;
const THREADS = 2;
const LIVES_UNIT = "lives/s";
const FIGURES: readonly Figure[] = [
  { key: "rate", label: "", unit: LIVES_UNIT, better: "more" },
  { key: "cpuEach", label: "CPU a life", unit: "ms", better: "less" },
  { key: "sentEach", label: "sent a life", unit: "KiB", better: "less" },
];

export function stormCases({ isQuick, isAll, threads }: SuiteOptions): readonly Case[] {
  const atOnce = isAll ? [1, 8, 32] : [32];
  return (["memory", "lmdb"] as const).flatMap((engine) =>
    atOnce.flatMap((streams) => {
      const nameOf = (how: string) =>
        `${engine}, storm of 16 KiB regions, ${streams} at once, ${how}`;
      const direct = nameOf("driven directly");
      const params = {
        engine,
        valueBytes: VALUE_BYTES,
        regionBytes: REGION_BYTES,
        userBytes: (isQuick ? 16 : 256) * REGION_BYTES,
        threads: threads?.[0] ?? THREADS,
        streams,
      };
      const common = {
        figures: FIGURES,
        repetitions: isQuick ? { warmUps: 0, iterations: 1 } : { warmUps: 1, iterations: 3 },
        roundSeconds: 15,
      };
      return [
        caseOf(stormRound, {
          name: nameOf("by the driver"),
          params: { by: "driver", ...params },
          rivals: { "driven directly": direct },
          ...common,
        }),
        caseOf(stormRound, { name: direct, params: { by: "hand", ...params }, ...common }),
      ];
    }),
  );
}

export function stormChart(outcomes: readonly Outcome[]): BarChart {
  return barsOf(outcomes, {
    title: "Lives that begin and end",
    says:
      "How many replicas of small regions a second begin on a store, get their data by snapshot and end again. More is " +
      "better. Driven directly the leaders are told what the placement driver would tell them: the difference is " +
      "what its operators cost.",
    unit: LIVES_UNIT,
  });
}
