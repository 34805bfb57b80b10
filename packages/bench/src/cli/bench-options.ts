// The options of `npm run bench`.
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import type { Suite } from "../suite/suite.ts";
import { SUITES } from "../suite/suites.ts";
import { aboutText, TimeLeft } from "../suite/time-left.ts";
import { userPath, wholeNumber } from "./numbers.ts";
import { STRESS_ABOUT } from "./stress-options.ts";
import { UsageError } from "./usage-error.ts";

/** The stress run is no measurement case by case: it has a command and options of its own. */
const NAMES = [...Object.keys(SUITES), "stress"].join(", ");
const THREADS_MAX = 64;
const ROUNDS_MAX = 1_000;

export function benchHelp(): string {
  return `Usage: npm run bench -- SUITE [options]

Suites: ${NAMES}

${Object.entries(SUITES)
  .map(([name, suite]) => `  ${name.padEnd(10)} ${suite.about} ${wholeRunText(suite)}`)
  .join("\n")}
  ${"stress".padEnd(10)} ${STRESS_ABOUT}; its options: npm run bench -- stress --help

  --quick           small amounts, for a look
  --all             cases too that a usual run leaves out, where a suite has any
  --only FILTER     only cases whose name contains FILTER, and their rivals; may be repeated
  --list            name the cases and run none; says how long a run would take
  --rounds N        of every case (default: the suite's choice): figures to quote want more, ratios on a
                    disk that changes its speed many more
  --threads N[,N..] actor threads (default: the suite's choice); several numbers for mailbox and
                    scale (whose idle replicas have the most of them), one for kv and snapshot, none for raft
  --json FILE       write the rows to FILE as well
  --html FILE       write a page with plots to FILE
  --dir DIR         scratch space on the disk to be measured (default: the temporary directory)
  --profile DIR     CPU profiles of every thread of every round, a folder a case, to be opened in Chrome's
                    developer tools; the rows are slower for it
  --help            this text

The minutes are of a machine with two cores and nothing else to do; a run says how many it has left. Cases take
turns for several rounds, each round in a fresh process that first warms up. A row shows the
median of the rounds, their lowest and highest, the CPU time of one repetition (all threads), and ratios:
ours over the rival's in the same run, above 1 where we are better. A case whose work does not add up has
no row, and the run ends with exit code 1. When it is interrupted it shows the rounds that ended before,
writes no file, and ends with exit code 130.`;
}

/** Of a usual run, with the rivals that are here. */
function wholeRunText(suite: Suite): string {
  const usual = { isQuick: false, isAll: false, threads: undefined };
  const present = suite.cases(usual).filter(({ absent }) => absent === undefined);
  return `(${aboutText(new TimeLeft(present, suite.rounds(usual)).seconds)})`;
}

export type BenchOptions = {
  readonly name: string;
  readonly isQuick: boolean;
  readonly isAll: boolean;
  readonly isList: boolean;
  /** Empty: all cases. */
  readonly only: readonly string[];
  readonly threads: readonly number[] | undefined;
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly directory: string;
  /** Undefined: as many as the suite wants. */
  readonly rounds: number | undefined;
  /** Where CPU profiles go. */
  readonly profile: string | undefined;
};

/** @throws UsageError */
export function parseBench(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): BenchOptions | "help" {
  const { values, positionals } = read(args);
  if (values.help) return "help";
  const [name, ...rest] = positionals;
  if (name === "stress") throw new UsageError("stress comes first, its options follow it");
  if (name === undefined || !Object.hasOwn(SUITES, name) || rest.length > 0)
    throw new UsageError(`one suite is wanted: ${NAMES}; not "${positionals.join(" ")}"`);
  const path = (given: string | undefined) =>
    given === undefined ? undefined : userPath(given, environment);
  return {
    name,
    isQuick: values.quick ?? false,
    isAll: values.all ?? false,
    isList: values.list ?? false,
    only: values.only ?? [],
    threads: values.threads === undefined ? undefined : threadsOf(name, values.threads),
    json: path(values.json),
    html: path(values.html),
    directory: path(values.dir) ?? tmpdir(),
    rounds:
      values.rounds === undefined
        ? undefined
        : wholeNumber("rounds", values.rounds, { min: 1, max: ROUNDS_MAX }),
    profile: path(values.profile),
  };
}

function threadsOf(name: string, text: string): readonly number[] {
  const takes = SUITES[name]?.threadCounts;
  if (takes === "none") throw new UsageError(`${name} runs on one thread: it takes no --threads`);
  const threads = text
    .split(",")
    .map((one) => wholeNumber("threads", one, { min: 1, max: THREADS_MAX }));
  if (takes === "one" && threads.length > 1)
    throw new UsageError(`${name} runs on one number of threads: --threads N, not "${text}"`);
  return threads;
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        quick: { type: "boolean" },
        all: { type: "boolean" },
        only: { type: "string", multiple: true },
        list: { type: "boolean" },
        threads: { type: "string" },
        json: { type: "string" },
        html: { type: "string" },
        rounds: { type: "string" },
        dir: { type: "string" },
        profile: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
