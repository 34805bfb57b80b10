// What the main job can be told, and what is said of anything else.
import { availableParallelism } from "node:os";
import { oneOf, userPath, wholeNumber } from "../cli/numbers.ts";
import { readOptions } from "../cli/read-options.ts";
import { UsageError } from "../cli/usage-error.ts";
import { PLACES_MAX } from "../workload/places.ts";

export type MainJobOptions = {
  readonly records: number;
  readonly stores: number;
  readonly threads: number;
  /** Where the data stay; undefined: a temporary directory that goes with the job. */
  readonly dir: string | undefined;
  readonly engine: "lmdb" | "memory";
  readonly seed: number;
  readonly isQuick: boolean;
  readonly json: string | undefined;
};

export const QUICK_RECORDS = 10_000;
/** Fewer make too few regions to play with. */
const RECORDS = { min: 1_000, max: PLACES_MAX };
const STORES = { min: 3, max: 7 };
const THREADS = { min: 1, max: 64 };

export const MAIN_JOB_HELP = `Usage: npm start -- [options]

Loads ${PLACES_MAX.toLocaleString("en")} places into three replicated stores, moves replicas by snapshot while a client
reads and writes, plays the founding race on real threads, reads everything back and compares every
replica with the others.

  --records N     places to load, ${RECORDS.min} to ${RECORDS.max} (default: all)
  --stores N      stores at the start, ${STORES.min} to ${STORES.max}; one more is added (default 3)
  --threads N     actor threads, ${THREADS.min} to ${THREADS.max} (default: the cores)
  --engine E      lmdb (on disk, default) or memory
  --dir DIR       keep the data in DIR, new or empty (default: a temporary directory)
  --seed N        for keys and values that are drawn, 0 to 4294967295 (default 1)
  --quick         ${QUICK_RECORDS.toLocaleString("en")} places and short windows
  --json FILE     write the report to FILE as well
  --help          this text

Exit codes: 0 everything held; 1 something did not; 2 wrong options; 130 interrupted.`;

const OPTIONS = {
  records: { type: "string" },
  stores: { type: "string" },
  threads: { type: "string" },
  dir: { type: "string" },
  engine: { type: "string" },
  seed: { type: "string" },
  quick: { type: "boolean" },
  json: { type: "string" },
  help: { type: "boolean" },
} as const;

/** @throws UsageError */
export function parseMainJob(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): MainJobOptions | "help" {
  const values = readOptions(args, OPTIONS);
  if (values.help) return "help";
  const isQuick = values.quick ?? false;
  const records = values.records ?? String(isQuick ? QUICK_RECORDS : PLACES_MAX);
  const engine = oneOf("engine", values.engine ?? "lmdb", ["lmdb", "memory"]);
  if (engine === "memory" && values.dir !== undefined)
    throw new UsageError("--dir keeps data on disk: it goes with --engine lmdb only");
  return {
    records: wholeNumber("records", records, RECORDS),
    stores: wholeNumber("stores", values.stores ?? "3", STORES),
    threads: wholeNumber("threads", values.threads ?? String(availableParallelism()), THREADS),
    dir: values.dir === undefined ? undefined : userPath(values.dir, environment),
    engine,
    seed: wholeNumber("seed", values.seed ?? "1", { min: 0, max: 2 ** 32 - 1 }),
    isQuick,
    json: values.json === undefined ? undefined : userPath(values.json, environment),
  };
}
