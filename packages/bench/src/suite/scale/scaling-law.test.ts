import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { capacityAt, fitScalingLaw, limitInWords } from "./scaling-law.ts";

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16];

function made(contention: number, coherence: number, counts: readonly number[] = COUNTS) {
  const capacityOf = (count: number) => capacityAt({ contention, coherence }, count);
  return counts.map((count) => ({ count, capacity: capacityOf(count) }));
}

test.each([
  { contention: 0, coherence: 0 },
  { contention: 0.05, coherence: 0 },
  { contention: 0, coherence: 0.002 },
  { contention: 0.03, coherence: 0.001 },
  { contention: 0.4, coherence: 0.02 },
])("what was made with $contention and $coherence is found again", (law) => {
  const fit = fitScalingLaw(made(law.contention, law.coherence));
  expect(fit.contention).toBeCloseTo(law.contention, 9);
  expect(fit.coherence).toBeCloseTo(law.coherence, 9);
  expect(fit.quality).toBeCloseTo(1, 9);
});

test("the peak is where the law's capacity is highest", () => {
  const law = { contention: 0.03, coherence: 0.001 };
  const { peak } = fitScalingLaw(made(law.contention, law.coherence));
  expect(peak).toBeCloseTo(Math.sqrt(0.97 / 0.001), 6);
  for (const other of [peak - 1, peak + 1])
    expect(capacityAt(law, other)).toBeLessThan(capacityAt(law, peak));
});

test("noise of two per cent moves the fit a little", () => {
  const random = new Sfc32(41, "noise");
  const noisy = made(0.1, 0.005).map(({ count, capacity }) => ({
    count,
    capacity: capacity * (0.98 + random.below(401) / 10_000),
  }));
  const { contention, coherence, quality } = fitScalingLaw(noisy);
  expect(Math.abs(contention - 0.1)).toBeLessThan(0.03);
  expect(Math.abs(coherence - 0.005)).toBeLessThan(0.003);
  expect(quality).toBeGreaterThan(0.97);
});

test("threads that help each other show no negative limits", () => {
  const fit = fitScalingLaw([1, 2, 4, 8].map((count) => ({ count, capacity: count ** 1.05 })));
  expect(fit).toMatchObject({ contention: 0, coherence: 0, peak: Number.POSITIVE_INFINITY });
});

/** The least squares of the law's deviation, as the fit has them. */
function squares(
  measured: readonly { readonly count: number; readonly capacity: number }[],
  { contention, coherence }: { readonly contention: number; readonly coherence: number },
): number {
  return measured.reduce((sum, { count, capacity }) => {
    const given = contention * (count - 1) + coherence * count * (count - 1);
    return sum + (count / capacity - 1 - given) ** 2;
  }, 0);
}

test("where the best without bounds has a negative number, nothing allowed is better than the fit", () => {
  // Falls steeply at first and then hardly: a quadratic through it bends down.
  const measured = [1, 2, 3, 4, 8].map((count) => ({
    count,
    capacity: count / (1 + 0.5 * Math.log(count)),
  }));
  const fit = fitScalingLaw(measured);
  expect(fit.coherence).toBe(0);
  for (let a = 0; a < 1; a += 0.01)
    for (let b = 0; b < 0.1; b += 0.005) {
      const other = squares(measured, { contention: a, coherence: b });
      expect(other).toBeGreaterThanOrEqual(squares(measured, fit) - 1e-12);
    }
});

test("three counts are refused", () => {
  expect(() => fitScalingLaw(made(0.1, 0, [1, 2, 4]))).toThrow("3 counts are too few for a fit");
});

test.each([
  { law: [0.001, 0], count: 8, says: "nothing limits it up to 8 threads" },
  {
    law: [0.1, 0],
    count: 8,
    says: "contention limits it: 10 % of the work waits in line; no number of threads does more than 10.0 times",
  },
  {
    law: [0.001, 0.01],
    count: 8,
    says: "coherence limits it: each pair of threads costs 1 % of the work; more than 10 threads would be slower",
  },
])("in words: $says", ({ law: [contention = 0, coherence = 0], count, says }) => {
  expect(limitInWords(fitScalingLaw(made(contention, coherence)), count)).toContain(says);
});
