// The snapshot suite: user bytes a second from store to store through the mailboxes, end to end and by
// stage, beside what the machine does at best: copying memory, checksums, a synced sequential write.
import type { StageChart } from "../../report/page/chart.ts";
import { type Case, caseOf, type Figure, rateIn } from "../case.ts";
import { barsOf } from "../charts.ts";
import type { Outcome } from "../outcome.ts";
import type { Suite, SuiteOptions } from "../suite.ts";
import { LIMITS, limitRound } from "./limit-round.ts";
import { MOVE_STAGES, moveRound } from "./move-round.ts";

const UNIT = "MB/s";
const USER_BYTES = 64e6;
const QUICK_USER_BYTES = 4e6;
const THREADS = 2;
/** A move loads a region first, which takes longer than the move: no round can warm up in vain. */
const ONCE = { warmUps: 0, iterations: 1 };

const END_TO_END: Figure = { key: "rate", label: "end to end", unit: UNIT, better: "more" };
const STAGES = MOVE_STAGES.map((key): Figure => ({ key, label: key, unit: UNIT, better: "more" }));

export const snapshotSuite: Suite = {
  about: "A region moves from store to store by snapshot, beside the limits of the machine.",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: (options) => [...moveCases(options), ...limitCases(options)],
  charts: (outcomes) => [
    barsOf(
      outcomes.filter(({ figure, of }) => figure.key === "rate" && !of.isRival),
      {
        title: "Snapshots, end to end",
        says:
          "User bytes a second, from the first word between two stores until the region is installed at the " +
          "other. More is better. What arrived was read back and compared.",
        unit: UNIT,
      },
    ),
    barsOf(
      outcomes.filter(({ of }) => of.isRival),
      {
        title: "Limits of this machine",
        says: "What the same machine does at best, measured in the same rounds. Nothing above can be faster.",
        unit: UNIT,
      },
    ),
    stageChart(outcomes),
  ],
};

function moveCases({ isQuick, threads }: SuiteOptions): readonly Case[] {
  const userBytes = isQuick ? QUICK_USER_BYTES : USER_BYTES;
  return (["memory", "lmdb"] as const).flatMap((engine) =>
    [100, 1_024].map((valueBytes) =>
      caseOf(moveRound, {
        name: `${engine}, ${valueBytes} B values`,
        params: { engine, valueBytes, userBytes, threads: threads?.[0] ?? THREADS },
        figures: [END_TO_END, ...STAGES],
        repetitions: ONCE,
        rivals: Object.fromEntries(LIMITS.map((limit) => [limit, limit])),
      }),
    ),
  );
}

function limitCases({ isQuick }: SuiteOptions): readonly Case[] {
  const writeBytes = isQuick ? QUICK_USER_BYTES : USER_BYTES;
  return LIMITS.map((limit) =>
    caseOf(limitRound, {
      name: limit,
      params: { limit, writeBytes },
      figures: rateIn(UNIT),
      repetitions: ONCE,
      isRival: true,
    }),
  );
}

/** How long each stage took for the bytes of its case. */
function stageChart(outcomes: readonly Outcome[]): StageChart {
  const rows = [...new Set(outcomes.filter(({ of }) => !of.isRival).map(({ of }) => of))];
  const partsOf = (one: Case) =>
    outcomes
      .filter(({ of, figure }) => of === one && STAGES.includes(figure))
      .map(({ row, figure, operations }) => ({
        label: figure.label,
        value: operations / 1e3 / row.median,
      }));
  return {
    kind: "stages",
    title: "Stages of a snapshot",
    says:
      "How long each stage took, one after the other: copying the region's files, streaming them, syncing " +
      "what arrived, installing it. Shorter is better. The memory engine has nothing to copy or sync.",
    unit: "ms",
    rows: rows.map((one) => ({ label: one.name, parts: partsOf(one) })),
  };
}
