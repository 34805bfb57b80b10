// What more threads bring: speed-up and efficiency of each count, and, from four counts within the cores on, the
// scaling law that says what limits.
import type { Figure } from "../case.ts";
import type { Outcome } from "../outcome.ts";
import { derivedFrom } from "./derived-row.ts";
import { SCALED } from "./scaled.ts";
import { COUNTS_MIN, fitScalingLaw, limitInWords } from "./scaling-law.ts";
import { threadsText } from "./thread-counts.ts";

export const SPEED_UP: Figure = { key: "speed-up", label: "", unit: "x", better: "more" };
export const EFFICIENCY: Figure = { key: "efficiency", label: "", unit: "of 1", better: "more" };
const COUNTS: Figure = { key: "counts", label: "", unit: "thread counts", better: "more" };
const LAW: readonly Figure[] = [
  { key: "contention", label: "contention a", unit: "of 1", better: "less" },
  { key: "coherence", label: "coherence b", unit: "of 1", better: "less" },
  { key: "peak", label: "peak at", unit: "threads", better: "more" },
  { key: "quality", label: "fit R²", unit: "of 1", better: "more" },
];

/** @param cores That this process may use: beyond them threads share what there is, and no law holds. */
export function speedUps(outcomes: readonly Outcome[], cores: number): readonly Outcome[] {
  return SCALED.flatMap(({ name, figure }) => {
    const own = outcomes
      .filter((outcome) => outcome.figure === figure)
      .sort((a, b) => threadsOf(a) - threadsOf(b));
    const [first] = own;
    // Of one count there is nothing to say.
    if (first === undefined || own.length < 2) return [];
    return [
      ...own.flatMap((outcome) => againstFirst(name, outcome, first)),
      ...lawOf(name, own, first, cores),
    ];
  });
}

export function threadsOf({ row: { params } }: Outcome): number {
  return Number(params["threads"]);
}

function againstFirst(name: string, outcome: Outcome, first: Outcome): readonly Outcome[] {
  if (outcome === first) return [];
  const [threads, base] = [threadsOf(outcome), threadsOf(first)];
  const [low, high] = outcome.row.spread;
  const [firstLow, firstHigh] = first.row.spread;
  const speedUp = outcome.row.median / first.row.median;
  const spread = [low / firstHigh, high / firstLow] as const;
  const share = base / threads;
  const where = `${threadsText(threads)} over ${base}`;
  const params = { threads, base };
  return [
    derivedFrom(outcome, {
      name: `${name}, speed-up of ${where}`,
      figure: SPEED_UP,
      value: speedUp,
      spread,
      params,
    }),
    derivedFrom(outcome, {
      name: `${name}, efficiency of ${where}`,
      figure: EFFICIENCY,
      value: speedUp * share,
      spread: [spread[0] * share, spread[1] * share],
      params,
    }),
  ];
}

/** One row for each number of the law, the first of them named by what limits. */
function lawOf(
  name: string,
  own: readonly Outcome[],
  first: Outcome,
  cores: number,
): readonly Outcome[] {
  const within = own.filter((outcome) => threadsOf(outcome) <= cores);
  const last = within.at(-1) ?? first;
  const params = { cores, counts: within.length };
  if (within.length < COUNTS_MIN || threadsOf(first) !== 1)
    return [
      derivedFrom(last, {
        name: `${name}, no scaling law: ${whyNot(threadsOf(first), within.length, cores)}`,
        figure: COUNTS,
        value: within.length,
        params,
      }),
    ];
  const law = fitScalingLaw(
    within.map((outcome) => ({
      count: threadsOf(outcome),
      capacity: outcome.row.median / first.row.median,
    })),
  );
  const words = limitInWords(law, threadsOf(last));
  const numbers: Readonly<Record<string, number>> = law;
  return (
    LAW.map((figure) => ({ figure, value: numbers[figure.key] ?? Number.NaN }))
      // Without coherence there is no peak, which the words say.
      .filter(({ value }) => Number.isFinite(value))
      .map(({ figure, value }, i) =>
        derivedFrom(last, {
          name: `${name}, scaling law, ${figure.label}${i === 0 ? ` (${words})` : ""}`,
          figure,
          value,
          params: { ...params, says: words },
        }),
      )
  );
}

function whyNot(least: number, within: number, cores: number): string {
  if (within < COUNTS_MIN)
    return `too few thread counts within the ${cores} ${cores === 1 ? "core" : "cores"}, ${COUNTS_MIN} are needed`;
  return `it is held against 1 thread, and the least is ${least}`;
}
