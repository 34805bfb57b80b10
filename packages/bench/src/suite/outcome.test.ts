import { expect, test } from "vitest";
import { alternate } from "./alternate.ts";
import { type Case, rateIn } from "./case.ts";
import { outcomesOf } from "./outcome.ts";
import type { RoundResult } from "./round.ts";

const REPEATED = { warmUps: 1, iterations: 3 };

function caseNamed(name: string, more: Partial<Case> = {}): Case {
  return {
    name,
    params: {},
    figures: rateIn("messages/s"),
    repetitions: { warmUps: 0, iterations: 1 },
    round: { url: "", name: "" },
    rivals: {},
    isRival: false,
    ...more,
  };
}

const OURS = caseNamed("ours", { rivals: { them: "theirs", gone: "absent one", broken: "lossy" } });
const THEIRS = caseNamed("theirs", { isRival: true });
const GONE = caseNamed("absent one", { isRival: true, absent: "not installed" });
const LOSSY = caseNamed("lossy", { isRival: true });

function measured(rate: number, more: Partial<RoundResult["figures"]> = {}): RoundResult {
  return {
    figures: { rate, ...more } as RoundResult["figures"],
    operations: 10,
    cpuSeconds: rate / 10,
    repeated: REPEATED,
  };
}

async function run(cases: readonly Case[], rates: Readonly<Record<string, readonly number[]>>) {
  const order: string[] = [];
  const results = await alternate(cases, {
    rounds: 3,
    announce: () => {},
    signal: new AbortController().signal,
    run: async (one) => {
      const rate = rates[one.name]?.[order.filter((name) => name === one.name).length];
      order.push(one.name);
      if (rate === undefined) throw new Error(`${one.name}: 1 of 2 arrived`);
      return measured(rate);
    },
  });
  return { order, results };
}

test("cases take turns, and the absent one has none", async () => {
  const cases = [caseNamed("A"), GONE, caseNamed("B")];
  const { order } = await run(cases, { A: [1, 1, 1], B: [1, 1, 1] });
  expect(order).toEqual(["A", "B", "A", "B", "A", "B"]);
});

test("a row has the median, the spread and the CPU time of its rounds", async () => {
  const { results } = await run([THEIRS], { theirs: [30, 10, 20] });
  expect(outcomesOf(results).map(({ row }) => row)).toEqual([
    {
      case: "theirs",
      params: {},
      unit: "messages/s",
      median: 20,
      spread: [10, 30],
      cpuSeconds: 2,
      verified: true,
      ratios: {},
    },
  ]);
});

test("work that does not add up is not tried again and has no row; ratios say so", async () => {
  const cases = [OURS, THEIRS, GONE, LOSSY];
  const { order, results } = await run(cases, {
    ours: [4, 4, 4],
    theirs: [2, 2, 2],
    lossy: [9],
  });
  expect(order.filter((name) => name === "lossy")).toHaveLength(2);
  const rows = outcomesOf(results).map(({ row }) => row);
  expect(rows.map((row) => row.case)).toEqual(["ours", "theirs"]);
  expect(rows[0]?.ratios).toEqual({ them: 2, gone: "absent", broken: "failed" });
  expect(results.get(LOSSY)).toEqual({ case: "lossy", message: "lossy: 1 of 2 arrived" });
});

test("of a figure that is better when it is smaller, the ratio is above 1 where we are smaller", () => {
  const figures = [{ key: "p50", label: "p50", unit: "us", better: "less" }] as const;
  const [ours, theirs] = [
    { ...OURS, figures, rivals: { them: "theirs" } },
    { ...THEIRS, figures },
  ];
  const results = new Map([
    [ours, [measured(1, { p50: 5 })]],
    [theirs, [measured(1, { p50: 20 })]],
  ]);
  const [first] = outcomesOf(results);
  expect(first?.row).toMatchObject({ case: "ours, p50", median: 5, ratios: { them: 4 } });
});

test("a figure that the rounds do not have makes no row", () => {
  const figures = [
    ...rateIn("MB/s"),
    { key: "copy", label: "copy", unit: "MB/s", better: "more" },
  ] as const;
  const results = new Map([[{ ...THEIRS, figures }, [measured(1)]]]);
  expect(outcomesOf(results).map(({ row }) => row.case)).toEqual(["theirs"]);
});

test("an interrupted run has the rounds that ended before", async () => {
  const stop = new AbortController();
  const begun: string[] = [];
  const results = await alternate([OURS, THEIRS], {
    rounds: 3,
    announce: (name) => begun.push(name),
    signal: stop.signal,
    run: async () => {
      if (begun.length < 4) return measured(begun.length);
      stop.abort(new Error("interrupted"));
      throw new Error("killed");
    },
  });
  expect(begun).toEqual(["ours", "theirs", "ours", "theirs"]);
  expect(results.get(OURS)).toEqual([measured(1), measured(3)]);
  expect(results.get(THEIRS)).toEqual([measured(2)]);
});

test("an interrupted run has no row of a case that no round ended of, and no ratio to it", async () => {
  const stop = new AbortController();
  const ours = { ...OURS, rivals: { them: "theirs" } };
  const results = await alternate([ours, THEIRS], {
    rounds: 3,
    announce: () => {},
    signal: stop.signal,
    run: async (one) => {
      if (one === ours) return measured(1);
      stop.abort(new Error("interrupted"));
      throw new Error("killed");
    },
  });
  const rows = outcomesOf(results).map(({ row }) => row);
  expect(rows).toMatchObject([{ case: "ours", median: 1, ratios: {} }]);
  expect(rows[0]?.ratios).toEqual({});
});
