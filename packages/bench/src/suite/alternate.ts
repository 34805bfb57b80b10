// Rounds of several cases in turn, A B C A B C: when the machine's speed drifts, it drifts for all.
import { type Round, type Row, summarize } from "./row.ts";

export type Case = {
  readonly name: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly unit: string;
  /** Names of other cases of the run that this one is held against. */
  readonly rivals: readonly string[];
  run(): Promise<Round>;
};

/**
 * @param announce Called before each round, for progress.
 * @param warmUps Rounds before those that count; none for cases that warm up by themselves.
 */
export async function alternate(
  cases: readonly Case[],
  rounds: number,
  announce: (name: string, done: number, total: number) => void,
  warmUps = 1,
): Promise<readonly Row[]> {
  const results = new Map<Case, Round[]>(cases.map((one) => [one, []]));
  const total = cases.length * (rounds + warmUps);
  let done = 0;
  for (let round = -warmUps; round < rounds; round += 1)
    for (const one of cases) {
      announce(one.name, done, total);
      done += 1;
      const result = await one.run();
      // The first round warms up: code is compiled and memory touched.
      if (round >= 0) results.get(one)?.push(result);
    }
  const summaries = new Map(cases.map((one) => [one.name, summarize(results.get(one) ?? [])]));
  return cases.map((one) => {
    const summary = summaries.get(one.name) ?? summarize([]);
    const ratios = one.rivals.map((rival) => [
      rival,
      summary.median / (summaries.get(rival)?.median ?? Number.NaN),
    ]);
    return {
      case: one.name,
      params: one.params,
      unit: one.unit,
      ...summary,
      verified: true,
      ratios: Object.fromEntries(ratios),
    };
  });
}
