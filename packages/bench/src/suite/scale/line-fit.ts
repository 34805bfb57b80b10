// A straight line through points by least squares, and how well anything fits what was measured.
import { assert } from "@multiraft/runtime";

export type Point = { readonly x: number; readonly y: number };

export type LineFit = {
  /** How much y grows with 1 of x. */
  readonly slope: number;
  /** y at x = 0. */
  readonly start: number;
  /** R²: the share of y's differences that the line explains. */
  readonly quality: number;
};

/** @param points At least two different x. */
export function fitLine(points: readonly Point[]): LineFit {
  assert(new Set(points.map(({ x }) => x)).size > 1, "a line through one point");
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  let xx = 0;
  let xy = 0;
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xy / xx;
  const start = meanY - slope * meanX;
  const quality = fitQuality(
    points.map(({ y }) => y),
    points.map(({ x }) => start + slope * x),
  );
  return { slope, start, quality };
}

/** R², the coefficient of determination: 1 is perfect, 0 no better than the mean, below 0 worse than that. */
export function fitQuality(measured: readonly number[], fitted: readonly number[]): number {
  const mean = meanOf(measured);
  let left = 0;
  let total = 0;
  for (const [i, value] of measured.entries()) {
    left += (value - (fitted[i] ?? 0)) ** 2;
    total += (value - mean) ** 2;
  }
  // Where all are the same, a fit is right or it is not.
  if (total === 0) return left === 0 ? 1 : 0;
  return 1 - left / total;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
