// The middle of several measurements of the same work, figure by figure.
import type { Measured } from "./round.ts";

/** @param values At least one. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error("a median of nothing");
  return (low + high) / 2;
}

/** @param all At least one, all with the same figures. */
export function medianMeasured(all: readonly Measured[]): Measured {
  const keys = Object.keys(all[0]?.figures ?? {});
  const figure = (key: string) => medianOf(all.map(({ figures }) => figureOf(figures, key)));
  return {
    figures: Object.fromEntries(keys.map((key) => [key, figure(key)])),
    operations: medianOf(all.map(({ operations }) => operations)),
    cpuSeconds: medianOf(all.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

function figureOf(figures: Measured["figures"], key: string): number {
  const value = figures[key];
  if (value === undefined) throw new Error(`a repetition without the figure ${key}`);
  return value;
}
