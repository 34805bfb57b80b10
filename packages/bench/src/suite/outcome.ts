// What became of the cases of a run: a row for each figure of those whose work added up, the ratios among
// them, and the failures of the others.
import type { Case, Figure } from "./case.ts";
import { medianMeasured, medianOf } from "./median.ts";
import type { Repeated, RoundResult } from "./round.ts";
import type { Ratio, Row } from "./row.ts";

/** A row with what plots need to know beside it. */
export type Outcome = {
  readonly row: Row;
  readonly of: Case;
  readonly figure: Figure;
  /** Of one iteration. */
  readonly operations: number;
  readonly rounds: number;
  /** In the round that had the fewest. */
  readonly repeated: Repeated;
};

export type Failure = { readonly case: string; readonly message: string };
export type CaseResult = readonly RoundResult[] | Failure;

export function outcomesOf(results: ReadonlyMap<Case, CaseResult>): readonly Outcome[] {
  const byName = new Map([...results.keys()].map((one) => [one.name, one]));
  return [...results].flatMap(([one, rounds]) => {
    if ("message" in rounds || rounds.length === 0) return [];
    const { operations, cpuSeconds } = medianMeasured(rounds);
    const repeated = fewest(rounds);
    return one.figures
      .filter(({ key }) => rounds.every(({ figures }) => key in figures))
      .map((figure) => {
        const ratioTo = (rival: string) => ratio(figure, rounds, byName.get(rival), results);
        const ratios = Object.entries(one.rivals).flatMap(([name, rival]) => {
          const value = ratioTo(rival);
          return value === undefined ? [] : [[name, value] as const];
        });
        const row = rowOf(one, figure, rounds, cpuSeconds, Object.fromEntries(ratios));
        return { row, of: one, figure, operations, rounds: rounds.length, repeated };
      });
  });
}

function fewest(rounds: readonly RoundResult[]): Repeated {
  const all = rounds.map(({ repeated }) => repeated);
  return {
    warmUps: Math.min(...all.map(({ warmUps }) => warmUps)),
    iterations: Math.min(...all.map(({ iterations }) => iterations)),
  };
}

function rowOf(
  { name, params }: Case,
  { key, label, unit }: Figure,
  rounds: readonly RoundResult[],
  cpuSeconds: number,
  ratios: Row["ratios"],
): Row {
  const values = valuesOf(rounds, key);
  return {
    case: label === "" ? name : `${name}, ${label}`,
    params,
    unit,
    median: medianOf(values),
    spread: [Math.min(...values), Math.max(...values)],
    cpuSeconds,
    verified: true,
    ratios,
  };
}

/** @returns undefined when the rival has no such figure. */
function ratio(
  { key, better }: Figure,
  rounds: readonly RoundResult[],
  rival: Case | undefined,
  results: ReadonlyMap<Case, CaseResult>,
): Ratio | undefined {
  if (rival === undefined) throw new Error("a rival that is no case of the suite");
  if (rival.absent !== undefined) return "absent";
  const theirRounds = results.get(rival) ?? [];
  if ("message" in theirRounds) return "failed";
  const theirs = valuesOf(theirRounds, key);
  if (theirs.length === 0) return undefined;
  const [our, their] = [medianOf(valuesOf(rounds, key)), medianOf(theirs)];
  return better === "more" ? our / their : their / our;
}

function valuesOf(rounds: readonly RoundResult[], key: string): readonly number[] {
  return rounds.flatMap(({ figures }) => figures[key] ?? []);
}
