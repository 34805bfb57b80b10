import { expect, test } from "vitest";
import type { Case } from "../case.ts";
import { type Outcome, outcomesOf } from "../outcome.ts";
import type { RoundResult } from "../round.ts";
import { growthCases, growthRows } from "./growth.ts";
import { scaledCases } from "./scaled.ts";
import { capacityAt } from "./scaling-law.ts";
import { speedUps } from "./speed-up.ts";

const OPTIONS = { isQuick: true, isAll: false, threads: undefined };

type Made = { readonly rates: readonly number[]; readonly cpuSeconds?: number };

const REPEATED = { warmUps: 1, iterations: 3 };

/** Of the cases that `make` gives something for. */
function outcomesMade(
  cases: readonly Case[],
  make: (one: Case) => Made | undefined,
): readonly Outcome[] {
  const results = cases.flatMap((one) => {
    const made = make(one);
    if (made === undefined) return [];
    const { rates, cpuSeconds = 1 } = made;
    const rounds = rates.map(
      (rate): RoundResult => ({
        figures: { rate },
        operations: 1e6,
        cpuSeconds,
        repeated: REPEATED,
      }),
    );
    return [[one, rounds] as const];
  });
  return outcomesOf(new Map(results));
}

function rowsOf(outcomes: readonly Outcome[]) {
  return Object.fromEntries(outcomes.map(({ row }) => [row.case, row]));
}

function scaled(threads: readonly number[], make: (count: number) => readonly number[]) {
  return outcomesMade(scaledCases({ ...OPTIONS, threads }), ({ name, params }) =>
    name.startsWith("reads") ? { rates: make(Number(params["threads"])) } : undefined,
  );
}

test("speed-up and efficiency are held against the fewest threads, and keep the spread", () => {
  const rates: Readonly<Record<number, readonly number[]>> = {
    2: [90, 100, 110],
    4: [120, 150, 180],
  };
  const rows = rowsOf(
    speedUps(
      scaled([4, 2], (count) => rates[count] ?? []),
      2,
    ),
  );
  expect(rows["reads, speed-up of 4 threads over 2"]).toMatchObject({
    median: 1.5,
    spread: [120 / 110, 180 / 90],
    params: { threads: 4, base: 2 },
  });
  expect(rows["reads, efficiency of 4 threads over 2"]?.median).toBe(0.75);
});

test("the law is fitted to the counts within the cores alone, and says what limits", () => {
  const law = { contention: 0.2, coherence: 0.001 };
  const rate = (count: number) => (count > 8 ? 1 : 100 * capacityAt(law, count));
  const rows = rowsOf(
    speedUps(
      scaled([1, 2, 4, 8, 16], (count) => [rate(count)]),
      8,
    ),
  );
  const named = Object.entries(rows).filter(([name]) => name.startsWith("reads, scaling law"));
  expect(named.map(([name]) => name)).toEqual([
    "reads, scaling law, contention a (contention limits it: 20 % of the work waits in line; " +
      "more than 28 threads would be slower)",
    "reads, scaling law, coherence b",
    "reads, scaling law, peak at",
    "reads, scaling law, fit R²",
  ]);
  const [contention, coherence, peak, quality] = named.map(([, { median }]) => median);
  expect(contention).toBeCloseTo(0.2, 9);
  expect(coherence).toBeCloseTo(0.001, 9);
  expect(peak).toBeCloseTo(Math.sqrt(800), 4);
  expect(quality).toBeCloseTo(1, 9);
});

test.each([
  { cores: 2, why: "too few thread counts within the 2 cores, 4 are needed", counts: 2 },
  { cores: 1, why: "too few thread counts within the 1 core, 4 are needed", counts: 1 },
])("on $cores cores no fit is made up", ({ cores, why, counts }) => {
  const rows = rowsOf(
    speedUps(
      scaled([1, 2, 3, 4], (count) => [count]),
      cores,
    ),
  );
  expect(Object.keys(rows).filter((name) => name.includes("law"))).toEqual([
    `reads, no scaling law: ${why}`,
  ]);
  expect(rows[`reads, no scaling law: ${why}`]?.median).toBe(counts);
});

test("costs are CPU time an operation, with a line through them", () => {
  const cases = growthCases({ ...OPTIONS, isQuick: false });
  const outcomes = outcomesMade(cases, ({ name, params }) =>
    name.startsWith("messages over payload")
      ? { rates: [1], cpuSeconds: 2 + 0.5 * (Number(params["bytes"]) / 1_024) }
      : undefined,
  );
  const rows = rowsOf(growthRows(outcomes));
  expect(rows["messages over payload, 64 KiB, CPU an operation"]?.median).toBeCloseTo(34, 9);
  expect(rows["messages over payload, CPU for each KiB more"]?.median).toBeCloseTo(0.5, 9);
  expect(rows["messages over payload, fit R²"]?.median).toBeCloseTo(1, 9);
});

test("of one size there is no slope, and of two no quality", () => {
  const cases = growthCases(OPTIONS);
  const of = (sizes: number) => {
    const some = cases
      .filter(({ name }) => name.startsWith("messages over actors"))
      .slice(0, sizes);
    return Object.keys(rowsOf(growthRows(outcomesMade(some, () => ({ rates: [1] })))));
  };
  expect(of(1)).toEqual(["messages over actors, 10 actors, CPU an operation"]);
  expect(of(2)).toHaveLength(3);
  expect(of(2)).toContain("messages over actors, CPU for ten times the actors");
});
