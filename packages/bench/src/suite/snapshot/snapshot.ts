// The snapshot suite: user bytes a second from store to store through the mailboxes, end to end and by
// stage, beside what the machine does at best: copying memory, checksums, a synced sequential write.
import { existsSync } from "node:fs";
import type { StageChart } from "../../report/page/chart.ts";
import { type Case, caseOf, type Figure, rateIn } from "../case.ts";
import { barsOf } from "../charts.ts";
import type { Outcome } from "../outcome.ts";
import type { Suite, SuiteOptions } from "../suite.ts";
import { besideCases, besideChart } from "./beside-cases.ts";
import { LIMITS, limitRound } from "./limit-round.ts";
import {
  MOVE_STAGES,
  type MoveParams,
  moveRound,
  ONE_REGION_BYTES,
  refillRound,
  TMPFS,
} from "./move-round.ts";
import { stormCases, stormChart } from "./storm-cases.ts";

const UNIT = "MB/s";
const THREADS = 2;
const MiB = 1024 * 1024;
const USER_BYTES = 64e6;
const QUICK_USER_BYTES = 4e6;
/** The default of a store. */
const STREAMS = 32;
/** The first move starts what later ones find running; from the third on the memory of an earlier one is used again. */
const MOVES = { warmUps: 3, iterations: 3 };
const QUICK_MOVES = { warmUps: 0, iterations: 1 };
/** It is loaded first, and read back after each move. */
const ROUND_SECONDS = 15;
const ONCE = { warmUps: 0, iterations: 1 };

const END_TO_END: Figure = { key: "rate", label: "end to end", unit: UNIT, better: "more" };
const STAGES = MOVE_STAGES.map((key): Figure => ({ key, label: key, unit: UNIT, better: "more" }));
const STAGE_SUM: Figure = { key: "stages", label: "all stages", unit: UNIT, better: "more" };
const TRAVELLED: Figure = {
  key: "travelled",
  label: "sent per user byte",
  unit: "x",
  better: "less",
};
const LIVES: Figure = { key: "lives", label: "regions", unit: "/s", better: "more" };

type Place = Pick<MoveParams, "engine" | "disk">;
const PLACES: Readonly<Record<string, Place>> = {
  memory: { engine: "memory", disk: "disk" },
  lmdb: { engine: "lmdb", disk: "disk" },
  "lmdb on tmpfs": { engine: "lmdb", disk: "tmpfs" },
};

export const snapshotSuite: Suite = {
  about: "A region moves from store to store by snapshot, beside the limits of the machine.",
  threadCounts: "one",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: (options) => [
    ...moveCases(options),
    ...refillCases(options),
    ...stormCases(options),
    ...besideCases(options),
    ...limitCases(options),
  ],
  charts: (outcomes) => [
    barsOf(
      outcomes.filter(({ figure, of }) => figure.key === "rate" && !of.isRival),
      {
        title: "Snapshots, end to end",
        says:
          "User bytes a second, from the order to drain a store until its one region is installed at another: the " +
          "driver's decision and the change of membership included. Of a store of many regions, until all have " +
          "moved and the drained store has no life any more. More is better. What arrived was read back and compared.",
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
    stormChart(outcomes),
    besideChart(outcomes),
  ],
};

/** One region of each kind of place and size of value. */
function moveCases(options: SuiteOptions): readonly Case[] {
  const values = options.isAll ? [16, 100, 1_024, 16_384] : [100, 1_024];
  const userBytes = options.isQuick ? QUICK_USER_BYTES : USER_BYTES;
  return Object.keys(PLACES).flatMap((place) =>
    values.map((valueBytes) =>
      storeCase(`${place}, ${valueBytes} B values`, options, moveRound, {
        place,
        content: { valueBytes, userBytes, regionBytes: ONE_REGION_BYTES, streams: STREAMS },
        figures: [END_TO_END, STAGE_SUM, ...STAGES, TRAVELLED],
      }),
    ),
  );
}

/** A whole store of many regions, by their size and by how many move at once. */
function refillCases(options: SuiteOptions): readonly Case[] {
  const { isQuick, isAll } = options;
  const userBytes = isQuick ? QUICK_USER_BYTES : USER_BYTES;
  const sizes: readonly (readonly [string, number, number])[] = [
    ["16 KiB", 16 * 1024, isQuick ? 16 * 16 * 1024 : 256 * 16 * 1024],
    ["1 MiB", MiB, userBytes],
    ...(isAll ? [["64 MiB", 64 * MiB, isQuick ? userBytes : 256e6] as const] : []),
  ];
  const atOnce = isAll ? [1, 2, 8, 32] : [STREAMS];
  const valueSizes = isAll ? [16, 100, 1_024, 16_384] : [1_024];
  const places = isAll ? Object.keys(PLACES) : ["memory", "lmdb"];
  return places.flatMap((place) =>
    sizes.flatMap(([size, regionBytes, bytes]) =>
      valueSizes
        // A region has to have some pairs to be cut between.
        .filter((valueBytes) => 4 * valueBytes <= regionBytes)
        .flatMap((valueBytes) =>
          atOnce.map((streams) =>
            storeCase(
              `${place}, store of ${size} regions, ${valueBytes} B values, ${streams} at once`,
              options,
              refillRound,
              {
                place,
                content: { valueBytes, userBytes: bytes, regionBytes, streams },
                figures: [{ ...END_TO_END, label: "refilled" }, LIVES, TRAVELLED],
              },
            ),
          ),
        ),
    ),
  );
}

function storeCase(
  name: string,
  { isQuick, threads }: SuiteOptions,
  round: typeof moveRound,
  {
    place,
    content,
    figures,
  }: {
    readonly place: string;
    readonly content: Omit<MoveParams, "engine" | "disk" | "threads">;
    readonly figures: readonly Figure[];
  },
): Case {
  const on = PLACES[place] ?? { engine: "memory", disk: "disk" };
  const isAbsent = on.disk === "tmpfs" && !existsSync(TMPFS);
  return caseOf(round, {
    name,
    params: { ...content, ...on, threads: threads?.[0] ?? THREADS },
    figures,
    repetitions: isQuick ? QUICK_MOVES : MOVES,
    roundSeconds: ROUND_SECONDS,
    rivals: Object.fromEntries(LIMITS.map((limit) => [limit, limit])),
    ...(isAbsent ? { absent: `there is no ${TMPFS}` } : {}),
  });
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
  const staged = outcomes.filter(({ figure }) => STAGES.includes(figure));
  const rows = [...new Set(staged.map(({ of }) => of))];
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
      "How long each stage took, one after the other: opening the region's files, streaming them, syncing " +
      "what arrived, installing it. Shorter is better. The memory engine has nothing to copy or sync. What " +
      "comes before, between and after is in no stage: it is in the figure from end to end.",
    unit: "ms",
    rows: rows.map((one) => ({ label: one.name, parts: partsOf(one) })),
  };
}
