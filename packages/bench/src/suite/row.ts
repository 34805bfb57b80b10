// What a suite reports: one row a case, and only when the work behind it added up.

export type Row = {
  readonly case: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly unit: string;
  readonly median: number;
  /** Lowest and highest round. */
  readonly spread: readonly [number, number];
  /** CPU time of the process in the median round, all threads. */
  readonly cpuSeconds: number;
  /** The work was counted at its end and is all there. */
  readonly verified: true;
  /** Ours over the rival's, of the same run; larger is better for us. */
  readonly ratios: Readonly<Record<string, number>>;
};

export type SuiteReport = {
  readonly suite: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly Row[];
};

/** One round of a case: how much was done, checked by who received it. */
export type Round = {
  readonly amount: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
};

/** @throws Error when what arrived is not what was sent: such a round has no speed. */
export function checkedRound(
  name: string,
  expected: number,
  arrived: number,
  timing: Timing,
): Round {
  if (arrived !== expected)
    throw new Error(`${name}: ${arrived} of ${expected} arrived, the round does not count`);
  return { amount: expected, ...timing };
}

export type Timing = { readonly seconds: number; readonly cpuSeconds: number };

export async function timed(work: () => Promise<void>): Promise<Timing> {
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(startedCpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

export function summarize(rounds: readonly Round[]): Pick<Row, "median" | "spread" | "cpuSeconds"> {
  const sorted = [...rounds].sort((a, b) => a.amount / a.seconds - b.amount / b.seconds);
  const rates = sorted.map(({ amount, seconds }) => amount / seconds);
  const middle = Math.floor(sorted.length / 2);
  return {
    median: rates[middle] ?? 0,
    spread: [rates[0] ?? 0, rates.at(-1) ?? 0],
    cpuSeconds: sorted[middle]?.cpuSeconds ?? 0,
  };
}
