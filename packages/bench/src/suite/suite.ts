// What a suite is made of: cases, and the plots that its page shows.
import type { Chart } from "../report/page/chart.ts";
import type { Case } from "./case.ts";
import type { Outcome } from "./outcome.ts";

export type SuiteOptions = {
  readonly isQuick: boolean;
  /** Cases too that a usual run leaves out. */
  readonly isAll: boolean;
  /** As given by `--threads`; undefined: the suite's own choice. */
  readonly threads: readonly number[] | undefined;
};

export type Suite = {
  /** One or two sentences for somebody who has never seen the project. */
  readonly about: string;
  /** How many numbers of threads `--threads` may name. */
  readonly threadCounts: "none" | "one" | "several";
  /** Rounds of every case, each in a fresh process. */
  rounds(options: SuiteOptions): number;
  cases(options: SuiteOptions): readonly Case[];
  /** Rows that follow from others: speed-ups, fits. */
  derive?(outcomes: readonly Outcome[]): readonly Outcome[];
  /** Of what was measured; a plot without any mark is left out. */
  charts(outcomes: readonly Outcome[]): readonly Chart[];
};
