// What a page can plot. A suite says what to show in these words; how it is drawn is the page's matter.

type Titled = {
  readonly title: string;
  /** One or two sentences: what is shown, and what is better. */
  readonly says: string;
};

export type Bar = {
  readonly label: string;
  readonly value: number;
  readonly spread: readonly [number, number] | undefined;
  /** A rival or a limit of the machine; ours stand out. */
  readonly isRival: boolean;
};

/** Amounts side by side, from zero on; each group has a scale of its own. */
export type BarChart = Titled & {
  readonly kind: "bars";
  readonly groups: readonly {
    readonly label: string;
    readonly unit: string;
    readonly bars: readonly Bar[];
  }[];
};

export type Series = {
  readonly label: string;
  readonly isRival: boolean;
  /** In the order in which they are joined. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
};

/** One amount over another: a scaling curve, growth with size. */
export type CurveChart = Titled & {
  readonly kind: "curve";
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: "linear" | "log";
  readonly yScale: "linear" | "log";
  readonly series: readonly Series[];
};

/** Latencies by percentile, smallest first: the rare slow ones are seen beside the usual ones. */
export type PercentileChart = Titled & {
  readonly kind: "percentiles";
  readonly unit: string;
  /** Such as `p50`, `p99`, `max`. */
  readonly percentiles: readonly string[];
  readonly series: readonly {
    readonly label: string;
    readonly isRival: boolean;
    /** One for each percentile. */
    readonly values: readonly number[];
  }[];
};

/** Work that consists of parts which follow each other. */
export type StageChart = Titled & {
  readonly kind: "stages";
  readonly unit: string;
  readonly rows: readonly {
    readonly label: string;
    readonly parts: readonly { readonly label: string; readonly value: number }[];
  }[];
};

export type Chart = BarChart | CurveChart | PercentileChart | StageChart;
