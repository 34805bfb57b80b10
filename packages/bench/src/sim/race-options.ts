// What the founding race can be told, and what is said of anything else.
import { availableParallelism } from "node:os";
import { oneOf, userPath, wholeNumber } from "../cli/numbers.ts";
import { readOptions } from "../cli/read-options.ts";

export type RaceSimOptions = {
  readonly crashes: number;
  readonly every: number;
  readonly jobs: number;
  readonly json: string | undefined;
};

/** Three crashes are more orders than a day has time for. */
const CRASHES = { min: 0, max: 2 };
/** What is missed by one kind of order alone is missed by each of these samples, not by any in between. */
const EVERY = ["1", "2", "4", "8", "16"] as const;
const JOBS = { min: 1, max: 64 };

export const RACE_SIM_HELP = `Usage: npm run sim -- race [options]

Plays the founding race at one real store in every order that its table allows, with power cuts and
failures of the replica at every gap, and compares their number with an independent count. Then takes out
the four remedies, one and two at a time, and looks whether each is missed by its own oracle.
The table and what it stands for: docs/founding-race.md.

  --crashes N  in one order, ${CRASHES.min} to ${CRASHES.max} (default 1; 2 is the long form)
  --every N    without a remedy, one in N orders is played: ${EVERY.join(", ")} (default 16)
  --jobs N     threads, ${JOBS.min} to ${JOBS.max} (default: the cores); nothing that is reported depends on them
  --json FILE  write {orders, expected, violations, remedies} to FILE as well
  --help       this text

Exit codes: 0 everything held; 1 something did not; 2 wrong options; 130 interrupted.`;

const OPTIONS = {
  crashes: { type: "string" },
  every: { type: "string" },
  jobs: { type: "string" },
  json: { type: "string" },
} as const;

/** @throws UsageError */
export function parseRaceSim(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): RaceSimOptions {
  const values = readOptions(args, OPTIONS);
  return {
    crashes: wholeNumber("crashes", values.crashes ?? "1", CRASHES),
    every: Number(oneOf("every", values.every ?? "16", EVERY)),
    jobs: wholeNumber("jobs", values.jobs ?? String(availableParallelism()), JOBS),
    json: values.json === undefined ? undefined : userPath(values.json, environment),
  };
}
