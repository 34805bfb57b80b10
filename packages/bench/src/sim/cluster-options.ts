// What the simulation of whole clusters can be told, and what is said of anything else.
import { availableParallelism } from "node:os";
import { CHAOS_STEPS, PROFILES } from "@multiraft/store/sim";
import { oneOf, userPath, wholeNumber } from "../cli/numbers.ts";
import { readOptions } from "../cli/read-options.ts";

export type ClusterSimOptions = {
  /** Undefined: fresh, for whoever asked for minutes. */
  readonly firstSeed: number | undefined;
  /** Undefined: as many as the minutes allow. */
  readonly seeds: number | undefined;
  readonly minutes: number | undefined;
  readonly steps: number;
  readonly jobs: number;
  /** A campaign ends when so many of its seeds have failed. */
  readonly violationsMax: number;
  /** One after the other, seed by seed. */
  readonly profiles: readonly string[];
  readonly json: string | undefined;
  readonly history: string | undefined;
  readonly timeline: string | undefined;
  readonly isShrunk: boolean;
  /** That shrinking may take at most. */
  readonly shrinkMinutes: number;
  /** Of a schedule that is to be run again, instead of seeds. */
  readonly schedule: string | undefined;
};

const SEED = { min: 0, max: 2 ** 32 - 1 };
/** Some months of one core. */
const SEEDS = { min: 1, max: 10_000_000 };
/** A week. */
const MINUTES = { min: 1, max: 10_080 };
const STEPS = { min: 1, max: 10_000_000 };
const JOBS = { min: 1, max: 64 };
const VIOLATIONS = { min: 1, max: 100_000 };
/** Several bugs show in one campaign; one that shows everywhere does not fill the report. */
const VIOLATIONS_DEFAULT = "100";
const SEEDS_DEFAULT = "20";
const SHRINK_MINUTES_DEFAULT = "5";

const NAMES = PROFILES.map(({ name }) => name);
const LIST = PROFILES.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n");

export const CLUSTER_SIM_HELP = `Usage: npm run sim -- cluster [options]

Runs whole clusters of real stores, replicas and a placement driver, each in one thread, with simulated
time, chance, disks and network, and checks their promises at every step.

  --seeds N      clusters to run, each from its own seed (default ${SEEDS_DEFAULT}, or 1 with --seed)
  --seed S       the first seed, ${SEED.min} to ${SEED.max} (default 1; fresh with --minutes)
  --profile P    one of the profiles below (default: all, one after the other)
  --minutes M    go on for so long instead, ${MINUTES.min} to ${MINUTES.max}
  --steps N      choices of each seed before it heals (default ${CHAOS_STEPS})
  --jobs N       threads, ${JOBS.min} to ${JOBS.max} (default: the cores); nothing that is reported depends on them
  --violations N end when so many seeds have failed, ${VIOLATIONS.min} to ${VIOLATIONS.max} (default ${VIOLATIONS_DEFAULT})
  --json FILE    write {seeds, steps, violations, simulatedSeconds, histories, faults, marks, hash}
                 to FILE as well
  --shrink       make the first failure small, and write it as multiraft-SEED.schedule.json
  --shrink-minutes M  stop shrinking after so long, ${MINUTES.min} to ${MINUTES.max} (default ${SHRINK_MINUTES_DEFAULT})
  --schedule FILE run the schedule of such a file again
  --timeline FILE draw the end of the first failure, or of the last seed, as a page
  --history FILE write what the clients of the last seed did to FILE, an operation a line
  --help         this text

${LIST}

Exit codes: 0 everything held; 1 something did not; 2 wrong options; 130 interrupted.`;

const OPTIONS = {
  seeds: { type: "string" },
  seed: { type: "string" },
  profile: { type: "string" },
  minutes: { type: "string" },
  steps: { type: "string" },
  jobs: { type: "string" },
  violations: { type: "string" },
  json: { type: "string" },
  history: { type: "string" },
  timeline: { type: "string" },
  shrink: { type: "boolean" },
  "shrink-minutes": { type: "string" },
  schedule: { type: "string" },
} as const;

/** @throws UsageError */
export function parseClusterSim(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): ClusterSimOptions {
  const values = readOptions(args, OPTIONS);
  const path = (given: string | undefined) =>
    given === undefined ? undefined : userPath(given, environment);
  const number = (name: "seed" | "seeds" | "minutes", bounds: typeof SEED) => {
    const given = values[name];
    return given === undefined ? undefined : wholeNumber(name, given, bounds);
  };
  const minutes = number("minutes", MINUTES);
  const hasSeed = values.seed !== undefined;
  const seedsDefault = minutes === undefined ? (hasSeed ? 1 : Number(SEEDS_DEFAULT)) : undefined;
  return {
    firstSeed: number("seed", SEED) ?? (minutes === undefined ? 1 : undefined),
    seeds: number("seeds", SEEDS) ?? seedsDefault,
    minutes,
    steps: wholeNumber("steps", values.steps ?? String(CHAOS_STEPS), STEPS),
    profiles: values.profile === undefined ? NAMES : [oneOf("profile", values.profile, NAMES)],
    jobs: wholeNumber("jobs", values.jobs ?? String(availableParallelism()), JOBS),
    violationsMax: wholeNumber("violations", values.violations ?? VIOLATIONS_DEFAULT, VIOLATIONS),
    json: path(values.json),
    history: path(values.history),
    timeline: path(values.timeline),
    isShrunk: values.shrink ?? false,
    shrinkMinutes: wholeNumber(
      "shrink-minutes",
      values["shrink-minutes"] ?? SHRINK_MINUTES_DEFAULT,
      MINUTES,
    ),
    schedule: path(values.schedule),
  };
}
