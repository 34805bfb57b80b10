// The Universal Scalability Law (Gunther, "Guerrilla Capacity Planning", Springer 2007, chapter 4): with N of
// something, so many times the work of one is done, C(N) = N / (1 + a (N - 1) + b N (N - 1)). Contention a is the
// share of the work that waits in line; coherence b is what each pair costs that has to agree.
import { assert } from "@multiraft/runtime";
import { fitQuality } from "./line-fit.ts";

export type ScalingLaw = {
  readonly contention: number;
  readonly coherence: number;
  /** Beyond so many it gets slower; infinite without coherence. */
  readonly peak: number;
  /** R² of the capacities that the law gives beside those measured: 1 is a perfect fit. */
  readonly quality: number;
};

export type Capacity = { readonly count: number; readonly capacity: number };

/** Two numbers are fitted: with fewer counts anything would do. */
export const COUNTS_MIN = 4;

/**
 * Least squares of the law's deviation from a straight line, N / C(N) - 1 = a (N - 1) + b N (N - 1), which is
 * linear in a and b; neither may be negative.
 * @param measured At least four different counts; capacities over that of one, above 0.
 */
export function fitScalingLaw(measured: readonly Capacity[]): ScalingLaw {
  const counts = new Set(measured.map(({ count }) => count));
  assert(counts.size >= COUNTS_MIN, () => `${counts.size} counts are too few for a fit`);
  const { contention, coherence } = leastSquares(measured);
  const law = { contention: orNone(contention), coherence: orNone(coherence) };
  const quality = fitQuality(
    measured.map(({ capacity }) => capacity),
    measured.map(({ count }) => capacityAt(law, count)),
  );
  return { ...law, peak: peakOf(law), quality };
}

/** Below this it is the rounding of numbers, and would put the peak at a billion threads. */
const NONE = 1e-9;

function orNone(coefficient: number): number {
  return coefficient < NONE ? 0 : coefficient;
}

type Coefficients = Pick<ScalingLaw, "contention" | "coherence">;

export function capacityAt({ contention, coherence }: Coefficients, count: number): number {
  return count / (1 + contention * (count - 1) + coherence * count * (count - 1));
}

/** Where C(N) is highest: sqrt((1 - a) / b). */
function peakOf({ contention, coherence }: Coefficients): number {
  if (coherence === 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.sqrt(Math.max(0, 1 - contention) / coherence));
}

function leastSquares(measured: readonly Capacity[]): Coefficients {
  let uu = 0;
  let uv = 0;
  let vv = 0;
  let uy = 0;
  let vy = 0;
  for (const { count, capacity } of measured) {
    assert(capacity > 0, () => `a capacity of ${capacity}`);
    const u = count - 1;
    const v = count * (count - 1);
    const y = count / capacity - 1;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    uy += u * y;
    vy += v * y;
  }
  const determinant = uu * vv - uv * uv;
  const contention = (uy * vv - vy * uv) / determinant;
  const coherence = (vy * uu - uy * uv) / determinant;
  if (contention >= 0 && coherence >= 0) return { contention, coherence };
  // The least squares are convex: with one below 0 the best lies where one of them is 0.
  const alone = { contention: Math.max(0, uy / uu), coherence: Math.max(0, vy / vv) };
  const gainOfContention = alone.contention * uy;
  const gainOfCoherence = alone.coherence * vy;
  return gainOfContention >= gainOfCoherence
    ? { contention: alone.contention, coherence: 0 }
    : { contention: 0, coherence: alone.coherence };
}

/** Of the capacity that `count` would have without either. */
const FREE_SHARE = 0.95;

/** What limits at `count`, for people. */
export function limitInWords({ contention, coherence, peak }: ScalingLaw, count: number): string {
  const lineShare = contention * (count - 1);
  const pairShare = coherence * count * (count - 1);
  if (1 / (1 + lineShare + pairShare) >= FREE_SHARE)
    return `nothing limits it up to ${count} threads`;
  const end = Number.isFinite(peak)
    ? `more than ${peak.toFixed(0)} threads would be slower`
    : `no number of threads does more than ${(1 / contention).toFixed(1)} times the work of one`;
  return lineShare >= pairShare
    ? `contention limits it: ${percent(contention)} of the work waits in line; ${end}`
    : `coherence limits it: each pair of threads costs ${percent(coherence)} of the work; ${end}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
