// What the simulation of the Raft core can be told, and what is said of anything else.
import { availableParallelism } from "node:os";
import { userPath, wholeNumber } from "../cli/numbers.ts";
import { readOptions } from "../cli/read-options.ts";

export type RaftSimOptions = {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly jobs: number;
  readonly json: string | undefined;
  /** A report whose schedules are played again, instead of seeds. */
  readonly replay: string | undefined;
};

const SEED = { min: 0, max: 2 ** 32 - 1 };
/** A week of one core. */
const SEEDS = { min: 1, max: 10_000_000 };
const STEPS = { min: 1, max: 1_000_000 };
const JOBS = { min: 1, max: 64 };

export const RAFT_SIM_HELP = `Usage: npm run sim -- raft [options]

Runs groups of the Raft core alone through schedules of chance, and checks its promises at every step.

  --seeds N    schedules to run, each from its own seed, ${SEEDS.min} to ${SEEDS.max} (default 100, or 1 with --seed)
  --seed S     the first seed, ${SEED.min} to ${SEED.max} (default 1)
  --steps N    steps of each schedule, ${STEPS.min} to ${STEPS.max} (default 2000)
  --jobs N     threads, ${JOBS.min} to ${JOBS.max} (default: the cores); the hash does not depend on them
  --json FILE  write {seeds, steps, violations, hash} to FILE as well
  --replay FILE
               play the shrunk schedules of such a FILE again, each to its hash
  --help       this text

Exit codes: 0 everything held; 1 something did not; 2 wrong options; 130 interrupted.`;

const OPTIONS = {
  seeds: { type: "string" },
  seed: { type: "string" },
  steps: { type: "string" },
  jobs: { type: "string" },
  json: { type: "string" },
  replay: { type: "string" },
} as const;

/** @throws UsageError */
export function parseRaftSim(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): RaftSimOptions {
  const values = readOptions(args, OPTIONS);
  const seeds = values.seeds ?? (values.seed === undefined ? "100" : "1");
  return {
    firstSeed: wholeNumber("seed", values.seed ?? "1", SEED),
    seeds: wholeNumber("seeds", seeds, SEEDS),
    steps: wholeNumber("steps", values.steps ?? "2000", STEPS),
    jobs: wholeNumber("jobs", values.jobs ?? String(availableParallelism()), JOBS),
    json: values.json === undefined ? undefined : userPath(values.json, environment),
    replay: values.replay === undefined ? undefined : userPath(values.replay, environment),
  };
}
