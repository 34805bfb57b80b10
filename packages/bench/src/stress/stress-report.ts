// What a stress run found, as the rows of a suite and a summary.
import type { BarChart, Chart, CurveChart } from "../report/page/chart.ts";
import { medianOf } from "../suite/median.ts";
import type { Machine, Row, SuiteReport } from "../suite/row.ts";
import { type Growth, growthsIn, type MemorySample } from "./memory-record.ts";
import type { Counts } from "./phase.ts";

export type Violation = {
  readonly seed: number;
  readonly phase: string;
  /** Of the phase, from 0 on. */
  readonly round: number;
  readonly what: string;
};

export type RoundResult = {
  readonly phase: string;
  readonly counts: Counts;
  /** From the first load to the last check. */
  readonly seconds: number;
  /** Of this process: what a killed process computed is not in it. */
  readonly cpuSeconds: number;
};

export type StressResult = {
  readonly seed: number;
  readonly threads: number;
  readonly seconds: number;
  readonly results: readonly RoundResult[];
  readonly memory: readonly MemorySample[];
  readonly violations: readonly Violation[];
  /** Broken off before its time was over. */
  readonly isInterrupted: boolean;
};

export type StressSummary = {
  readonly seed: number;
  readonly threads: number;
  readonly seconds: number;
  /** By phase. */
  readonly rounds: Readonly<Record<string, number>>;
  /** By phase and unit, over all rounds. */
  readonly totals: Readonly<Record<string, Counts>>;
  /** After each cycle. */
  readonly memory: readonly MemorySample[];
  /** Undefined: too few cycles to judge it. */
  readonly growth: readonly Growth[] | undefined;
  readonly violations: readonly Violation[];
  readonly isInterrupted: boolean;
};

export type StressReport = SuiteReport & { readonly summary: StressSummary };

const MIB = 2 ** 20;

export function stressReport(machine: Machine, result: StressResult): StressReport {
  const { seed, threads, seconds, results, violations, memory, isInterrupted } = result;
  const phases = [...new Set(results.map(({ phase }) => phase))];
  const of = (phase: string) => results.filter((one) => one.phase === phase);
  const failed = new Set(violations.map(({ phase }) => phase));
  const rows = phases
    // What did not add up has no row.
    .filter((phase) => !failed.has(phase))
    .flatMap((phase) => rowsOf(phase, of(phase), { seed, threads }));
  const summary: StressSummary = {
    seed,
    threads,
    seconds,
    rounds: Object.fromEntries(phases.map((phase) => [phase, of(phase).length])),
    totals: Object.fromEntries(phases.map((phase) => [phase, totalsOf(of(phase))])),
    memory,
    growth: growthsIn(memory),
    violations,
    isInterrupted,
  };
  return { suite: "stress", machine, rows: [...rows, ...memoryRows(result)], summary };
}

/** One for each unit: what a second brings. */
function rowsOf(phase: string, rounds: readonly RoundResult[], params: Row["params"]): Row[] {
  const units = [...new Set(rounds.flatMap(({ counts }) => Object.keys(counts)))];
  const cpuSeconds = medianOf(rounds.map((round) => round.cpuSeconds));
  return units.map((unit) => {
    const rates = rounds.map(({ counts, seconds }) => (counts[unit] ?? 0) / seconds);
    return {
      case: `${phase}, ${unit}`,
      params: { ...params, rounds: rounds.length },
      unit: "/s",
      median: medianOf(rates),
      spread: [Math.min(...rates), Math.max(...rates)],
      cpuSeconds,
      verified: true,
      ratios: {},
    };
  });
}

function memoryRows({ memory, seed, threads, results }: StressResult): readonly Row[] {
  if (memory.length === 0) return [];
  const cpuSeconds = results.reduce((sum, round) => sum + round.cpuSeconds, 0);
  const row = (name: string, unit: string, values: readonly number[]): Row => ({
    case: `at rest, ${name}`,
    params: { seed, threads, samples: memory.length },
    unit,
    median: medianOf(values),
    spread: [Math.min(...values), Math.max(...values)],
    cpuSeconds,
    verified: true,
    ratios: {},
  });
  return [
    row(
      "resident memory",
      "MiB",
      memory.map(({ rssBytes }) => rssBytes / MIB),
    ),
    row(
      "heaps after collection",
      "MiB",
      memory.map(({ heapBytes }) => heapBytes / MIB),
    ),
    row(
      "open descriptors",
      "descriptors",
      memory.map(({ descriptors }) => descriptors),
    ),
  ];
}

function totalsOf(rounds: readonly RoundResult[]): Counts {
  const totals: Record<string, number> = {};
  for (const { counts } of rounds)
    for (const [unit, count] of Object.entries(counts)) totals[unit] = (totals[unit] ?? 0) + count;
  return totals;
}

/** For people, after the table. */
export function summaryLines({ summary }: StressReport): readonly string[] {
  const { seed, threads, seconds, rounds, totals, growth, violations, isInterrupted } = summary;
  const phases = Object.entries(totals).map(([phase, counts]) => {
    const all = Object.entries(counts).map(([unit, n]) => `${n.toLocaleString("en")} ${unit}`);
    return `  ${phase.padEnd(8)} ${rounds[phase] ?? 0} rounds: ${all.join(", ")}`;
  });
  const grown = growth?.map(({ measure, from, to, boundAbove }) => {
    const by = to - from;
    return `  ${measure}: ${by.toLocaleString("en")} more over the second half, ${boundAbove.toLocaleString("en")} allowed`;
  });
  const verdict =
    violations.length === 0 ? "everything held" : `${violations.length} violations, see above`;
  const until = isInterrupted ? "INTERRUPTED in the middle of a round; until then " : "";
  return [
    `seed ${seed}, ${threads} threads, ${seconds.toFixed(0)} s`,
    ...phases,
    ...(grown ?? ["  too few cycles to judge the growth of memory"]),
    until + verdict,
  ];
}

export function violationLine({ seed, phase, round, what }: Violation): string {
  return `VIOLATION seed ${seed}, ${phase}, round ${round}: ${what}`;
}

export function stressCharts(
  report: StressReport,
  memory: readonly MemorySample[],
): readonly Chart[] {
  const rates = report.rows.filter(({ unit }) => unit === "/s");
  const bars: BarChart = {
    kind: "bars",
    title: "What a second of stress brings",
    says: "All of a round, its checks included. More is more load, not better speed.",
    groups: rates.map((row) => ({
      label: row.case,
      unit: row.unit,
      bars: [{ label: row.case, value: row.median, spread: row.spread, isRival: false }],
    })),
  };
  const curve: CurveChart = {
    kind: "curve",
    title: "Memory at rest",
    says: "After each cycle of all phases. Level is good: what keeps rising is a leak.",
    xLabel: "s",
    yLabel: "MiB",
    xScale: "linear",
    yScale: "linear",
    series: [
      { label: "resident", isRival: false, points: pointsOf(memory, ({ rssBytes }) => rssBytes) },
      { label: "heaps", isRival: false, points: pointsOf(memory, ({ heapBytes }) => heapBytes) },
    ],
  };
  return [bars, curve];
}

function pointsOf(memory: readonly MemorySample[], of: (sample: MemorySample) => number) {
  return memory.map((sample) => ({ x: sample.atSeconds, y: of(sample) / MIB }));
}
