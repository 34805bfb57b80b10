// What can be wrong with a run, said in one way: an oracle that watched has spoken, an invariant of the
// store itself, or the end was not as it has to be.
import type { RaceRun } from "./race-run.ts";

export type Broken = { readonly oracle: string; readonly what: string };

/** What an oracle said first. */
export function watched({ store: { oracles } }: RaceRun): Broken | undefined {
  oracles.settled();
  return oracles.violations[0];
}

/** @param act Returns what is wrong at the end, or nothing. */
export function brokenBy(act: () => unknown): Broken | undefined {
  try {
    const what = act();
    return typeof what === "string" ? { oracle: "end", what } : undefined;
  } catch (error) {
    return { oracle: "invariants", what: error instanceof Error ? error.message : String(error) };
  }
}
