// Rounds of several cases in turn, A B C A B C: when the machine's speed drifts, it drifts for all. A case
// whose work did not add up is not tried again, and has no row.
import type { Case } from "./case.ts";
import type { CaseResult } from "./outcome.ts";
import type { RoundResult } from "./round.ts";

export type AlternateOptions = {
  readonly rounds: number;
  /** Called before each round, for progress. */
  readonly announce: (name: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
  /** One round in a process of its own. */
  readonly run: (one: Case) => Promise<RoundResult>;
};

/** Once the signal is aborted no round begins, and the one under way does not count: what was done before does. */
export async function alternate(
  cases: readonly Case[],
  { rounds, announce, signal, run }: AlternateOptions,
): Promise<ReadonlyMap<Case, CaseResult>> {
  const results = new Map<Case, CaseResult>(cases.map((one) => [one, []]));
  const present = cases.filter(({ absent }) => absent === undefined);
  const total = present.length * rounds;
  for (let done = 0; done < total; done += 1) {
    const one = present[done % present.length];
    const before = one && results.get(one);
    if (one === undefined || before === undefined || "message" in before) continue;
    if (signal.aborted) break;
    announce(one.name, done, total);
    const result = await attempt(one, run);
    if (signal.aborted) break;
    results.set(one, "message" in result ? result : [...before, result]);
  }
  return results;
}

async function attempt(one: Case, run: AlternateOptions["run"]) {
  try {
    return await run(one);
  } catch (error) {
    return { case: one.name, message: error instanceof Error ? error.message : String(error) };
  }
}
