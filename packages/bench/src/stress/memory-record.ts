// Memory and descriptors of the process at rest, after every cycle of phases; whether they grow.
import { readdirSync } from "node:fs";
import { medianOf } from "../suite/median.ts";

export type MemorySample = {
  readonly atSeconds: number;
  readonly rssBytes: number;
  /** Of all threads that live between rounds, after a collection. */
  readonly heapBytes: number;
  /** Array buffers of this thread and memory that it shares with others, as address space, touched or not. */
  readonly bufferBytes: number;
  /** 0 where the system does not tell. */
  readonly descriptors: number;
};

type Measure = Exclude<keyof MemorySample, "atSeconds">;

export type Growth = {
  readonly measure: Measure;
  /** Medians of the first and the last third of the second half. */
  readonly from: number;
  readonly to: number;
  readonly boundAbove: number;
};

/** Below this a median of thirds of a half says nothing. */
export const SAMPLES_MIN = 8;
const MIB = 2 ** 20;

/**
 * What the second half of a run may grow by: caches, code and the malloc arenas of threads settle in the
 * first half. A leak that a night would show is found by a night, since these do not grow with time.
 */
export const GROWTH_MAX: Readonly<Record<Measure, number>> = {
  rssBytes: 128 * MIB,
  heapBytes: 24 * MIB,
  // A thread has 65 MiB of it. All threads are collected before each look, so that nobody keeps what a dead one
  // had; but the handle of a worker is let go of some turns after its end, and two may have ended just now.
  bufferBytes: 192 * MIB,
  descriptors: 16,
};

export function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Over the second half; undefined while there are too few samples. */
export function growthsIn(samples: readonly MemorySample[]): readonly Growth[] | undefined {
  if (samples.length < SAMPLES_MIN) return undefined;
  const half = samples.slice(Math.floor(samples.length / 2));
  const third = Math.max(1, Math.floor(half.length / 3));
  const measures: readonly Measure[] = ["rssBytes", "heapBytes", "bufferBytes", "descriptors"];
  return measures.map((measure) => {
    const from = medianOf(half.slice(0, third).map((sample) => sample[measure]));
    const to = medianOf(half.slice(-third).map((sample) => sample[measure]));
    return { measure, from, to, boundAbove: GROWTH_MAX[measure] };
  });
}

export function excessive(growths: readonly Growth[]): readonly string[] {
  return growths
    .filter(({ from, to, boundAbove }) => to - from > boundAbove)
    .map(
      ({ measure, from, to, boundAbove }) =>
        `${measure} grew from ${from} to ${to} over the second half, ${boundAbove} are allowed`,
    );
}
