// What a suite reports: one row a figure, and only when the work behind it added up.

export type RoundParams = Readonly<Record<string, string | number>>;

/**
 * Ours over the rival's of the same run, larger is better for us. `absent`: the rival is not installed
 * here. `failed`: its work did not add up, which the run reports and ends with exit code 1.
 */
export type Ratio = number | "absent" | "failed";

export type Row = {
  readonly case: string;
  readonly params: RoundParams;
  readonly unit: string;
  /** Of the rounds, each of which is the median of its iterations. */
  readonly median: number;
  /** Lowest and highest round. */
  readonly spread: readonly [number, number];
  /** CPU time of one iteration, user and system, all threads: the median round's. */
  readonly cpuSeconds: number;
  /** The work was counted at its end and is all there. */
  readonly verified: true;
  readonly ratios: Readonly<Record<string, Ratio>>;
};

/** With what was asked of it: `rounds` of every case, and whether the run was `quick`. */
export type Machine = Readonly<Record<string, string | number | boolean>>;

export type SuiteReport = {
  readonly suite: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
};
