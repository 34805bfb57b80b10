// Latencies of one kind in one window, from the moment the work was meant to begin.
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export type LatencyFigures = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export class LatencyRecorder {
  readonly #nanoseconds: RecordableHistogram = createHistogram({ lowest: 1, highest: 6e11 });

  record(durationMs: number): void {
    this.#nanoseconds.record(Math.max(1, Math.round(durationMs * 1e6)));
  }

  get count(): number {
    return this.#nanoseconds.count;
  }

  figures(): LatencyFigures {
    if (this.count === 0) return { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
    return {
      count: this.count,
      p50Ms: this.#nanoseconds.percentile(50) / 1e6,
      p99Ms: this.#nanoseconds.percentile(99) / 1e6,
      maxMs: this.#nanoseconds.max / 1e6,
    };
  }
}
