// How the cost of an operation grows: CPU time over the number of regions and of actors, and over the size of a
// payload, as slopes of a straight line with the quality of its fit beside it.
import type { CurveChart } from "../../report/page/chart.ts";
import { type Case, caseOf, type Figure } from "../case.ts";
import { savinaRound } from "../mailbox/savina/savina-round.ts";
import { tellRound } from "../mailbox/tell-round.ts";
import type { Outcome } from "../outcome.ts";
import type { SuiteOptions } from "../suite.ts";
import { crowdWriteRound } from "./crowd-write-round.ts";
import { derivedFrom } from "./derived-row.ts";
import { fitLine } from "./line-fit.ts";

type Growth = {
  readonly name: string;
  /** Of its own, so that outcomes tell what grew. */
  readonly figure: Figure;
  readonly sizes: readonly number[];
  readonly quickSizes: readonly number[];
  /** The case's parameter that is the size. */
  readonly sizeKey: "regions" | "actors" | "bytes";
  readonly sizeText: (size: number) => string;
  /** Of the line, and what one step along it is. */
  readonly xOf: (size: number) => number;
  readonly step: string;
  readonly caseOn: (size: number, isQuick: boolean, said: Pick<Case, "name" | "figures">) => Case;
};

const KiB = 1_024;
const THREADS = 2;
const SOME = { warmUps: 1, iterations: 3 };
const ONCE = { warmUps: 1, iterations: 1 };
/** Bytes that a payload case sends, so that large ones take no longer than small ones; and messages at most. */
const SENT_BYTES = 512 * 1_024 * KiB;
const SENT_MAX = 200_000;
const QUICK_SHARE = 0.02;

const GROWTHS: readonly Growth[] = [
  {
    name: "puts over regions",
    figure: rateIn("operations/s"),
    sizes: [1, 4, 16, 64, 256],
    quickSizes: [1, 4],
    sizeKey: "regions",
    sizeText: (regions) => (regions === 1 ? "1 region" : `${regions} regions`),
    xOf: (regions) => regions,
    step: "for each region more",
    caseOn: (regions, isQuick, said) =>
      caseOf(crowdWriteRound, {
        ...said,
        params: { regions, threads: THREADS, clients: 64, seconds: isQuick ? 0.3 : 2 },
        repetitions: isQuick ? ONCE : SOME,
        roundSeconds: 20,
      }),
  },
  {
    name: "messages over actors",
    figure: rateIn("messages/s"),
    sizes: [10, 100, 1_000, 10_000, 100_000],
    quickSizes: [10, 100],
    sizeKey: "actors",
    sizeText: (actors) => `${actors} actors`,
    // What grows is how often memory is missed: with the logarithm, as caches do.
    xOf: Math.log10,
    step: "for ten times the actors",
    caseOn: (actors, isQuick, said) =>
      caseOf(savinaRound, {
        ...said,
        params: {
          program: "thread-ring",
          threads: 1,
          placement: "blocked",
          actors,
          hops: isQuick ? 5_000 : 500_000,
        },
        repetitions: isQuick ? ONCE : SOME,
      }),
  },
  {
    name: "messages over payload",
    figure: rateIn("messages/s"),
    sizes: [16, 256, 4 * KiB, 16 * KiB, 64 * KiB],
    quickSizes: [16, 4 * KiB],
    sizeKey: "bytes",
    sizeText: (bytes) => (bytes < KiB ? `${bytes} B` : `${bytes / KiB} KiB`),
    xOf: (bytes) => bytes / KiB,
    step: "for each KiB more",
    caseOn: (bytes, isQuick, said) =>
      caseOf(tellRound, {
        ...said,
        params: {
          where: "across",
          codec: "layout",
          shape: "bytes",
          bytes,
          messages: messagesOf(bytes, isQuick),
        },
        repetitions: isQuick ? ONCE : SOME,
      }),
  },
];

function messagesOf(bytes: number, isQuick: boolean): number {
  const all = Math.min(SENT_MAX, SENT_BYTES / bytes);
  return Math.ceil(isQuick ? all * QUICK_SHARE : all);
}

const COST: Figure = { key: "cost", label: "", unit: "us", better: "less" };
const SLOPE: Figure = { key: "slope", label: "", unit: "us", better: "less" };
const QUALITY: Figure = { key: "quality", label: "", unit: "of 1", better: "more" };

export function growthCases({ isQuick }: SuiteOptions): readonly Case[] {
  return GROWTHS.flatMap(({ name, figure, sizes, quickSizes, sizeText, caseOn }) =>
    (isQuick ? quickSizes : sizes).map((size) =>
      caseOn(size, isQuick, { name: `${name}, ${sizeText(size)}`, figures: [figure] }),
    ),
  );
}

/** The cost of each size, and the line through them. */
export function growthRows(outcomes: readonly Outcome[]): readonly Outcome[] {
  return GROWTHS.flatMap((growth) => {
    const costs = costsOf(growth, outcomes);
    const rows = costs.map(({ outcome, cost }) =>
      derivedFrom(outcome, {
        name: `${outcome.of.name}, CPU an operation`,
        figure: COST,
        value: cost,
        params: outcome.row.params,
      }),
    );
    return [...rows, ...slopeOf(growth, costs)];
  });
}

/** Cost over size, one plot each. */
export function growthCurves(outcomes: readonly Outcome[]): readonly CurveChart[] {
  return GROWTHS.map((growth) => ({
    kind: "curve",
    title: `CPU time, ${growth.name}`,
    says: "CPU time of all threads for one operation. Lower is better, and flat is best.",
    xLabel: growth.sizeKey,
    yLabel: "us an operation",
    xScale: "log",
    yScale: "linear",
    series: [
      {
        label: growth.name,
        isRival: false,
        points: costsOf(growth, outcomes).map(({ size, cost }) => ({ x: size, y: cost })),
      },
    ],
  }));
}

type Cost = { readonly outcome: Outcome; readonly size: number; readonly cost: number };

function costsOf({ figure, sizeKey }: Growth, outcomes: readonly Outcome[]): readonly Cost[] {
  return outcomes
    .filter((outcome) => outcome.figure === figure)
    .map((outcome) => ({
      outcome,
      size: Number(outcome.row.params[sizeKey]),
      cost: (outcome.row.cpuSeconds / outcome.operations) * 1e6,
    }))
    .sort((a, b) => a.size - b.size);
}

function slopeOf({ name, xOf, step, sizeKey }: Growth, costs: readonly Cost[]): readonly Outcome[] {
  const [least, most] = [costs[0], costs.at(-1)];
  if (least === undefined || most === undefined || costs.length < 2) return [];
  const { slope, start, quality } = fitLine(
    costs.map(({ size, cost }) => ({ x: xOf(size), y: cost })),
  );
  const params = { from: least.size, to: most.size, of: sizeKey, sizes: costs.length, start };
  const row = (says: string, figure: Figure, value: number) =>
    derivedFrom(most.outcome, { name: `${name}, ${says}`, figure, value, params });
  const rows = [row(`CPU ${step}`, SLOPE, slope)];
  // A line through two points always fits.
  return costs.length > 2 ? [...rows, row("fit R²", QUALITY, quality)] : rows;
}

function rateIn(unit: string): Figure {
  return { key: "rate", label: "", unit, better: "more" };
}
