// The options of `npm run bench -- stress`.
import { availableParallelism, tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { PHASES } from "../stress/phases.ts";
import { userPath, wholeNumber } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

const NAMES = Object.keys(PHASES);
const THREADS_MAX = 32;
const MINUTES = { default: 10, max: 10_080 };
const SEED = { default: 20_261_130, max: 2 ** 31 - 1 };

export const STRESS_ABOUT =
  "minutes to hours on all cores: actors, clusters and processes are loaded and killed, and all they do is checked";

export const STRESS_HELP = `Usage: npm run bench -- stress [options]

Loads all cores with real threads, disks and processes, ends some of them at moments of chance, and checks
what must hold whatever happens. Phases take turns:

  mail      numbered mail between all actors on all threads, while threads are killed and replaced: per pair
            in order, none twice, none lost between the living; counters that balance at rest
  lives     storms of spawns and stops, with mail and asks to lives that have ended: refused with the right
            reason, never delivered to a later life of the slot, each ask settled exactly once
  cluster   four stores and more on disk: splits, moves, drains, restarts, partitions and thread kills under
            clients whose histories must be linearizable; replicas equal at the end, nothing left over
  kill9     processes killed with signal 9 while they load, opened again: nothing acknowledged is lost

  --minutes M       how long, 1 to ${MINUTES.max} (default ${MINUTES.default}); the round under way then is ended
  --seed S          draws other faults at other moments (default ${SEED.default}); threads make of it what they do
  --threads N       actor threads, 1 to ${THREADS_MAX} (default: one for each core, at least 2)
  --only PHASE      only phases whose name contains PHASE; may be repeated
  --quick           one short round of each phase, well under a minute
  --list            name the phases and run none
  --json FILE       write rows and summary to FILE as well
  --html FILE       write a page with plots to FILE
  --dir DIR         scratch space on the disk to be used (default: the temporary directory)
  --help            this text

Memory and descriptors are looked at after each cycle of phases; growth over the second half of the run
beyond 128 MiB resident, 24 MiB on heaps after collection, 192 MiB of buffers or 16 descriptors counts as a
violation. A violation says its seed, phase and round. Exit code 0 when everything held, 1 on any violation, 2 for an
option without sense, 130 when it was interrupted: it says then what was found until then, and writes no file. No
process and no directory is left behind.`;

export type StressOptions = {
  readonly minutes: number;
  readonly seed: number;
  readonly threads: number;
  readonly isQuick: boolean;
  readonly isList: boolean;
  readonly phases: readonly string[];
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly directory: string;
};

/** @param args After the name of the suite. @throws UsageError */
export function parseStress(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): StressOptions | "help" {
  const values = read(args);
  if (values.help) return "help";
  const path = (given: string | undefined) =>
    given === undefined ? undefined : userPath(given, environment);
  const whole = (
    name: "minutes" | "seed" | "threads",
    min: number,
    max: number,
    otherwise: number,
  ) => (values[name] === undefined ? otherwise : wholeNumber(name, values[name], { min, max }));
  if (values.quick && values.minutes !== undefined)
    throw new UsageError("--quick is one cycle: it takes no --minutes");
  return {
    minutes: whole("minutes", 1, MINUTES.max, MINUTES.default),
    seed: whole("seed", 0, SEED.max, SEED.default),
    threads: whole(
      "threads",
      1,
      THREADS_MAX,
      Math.min(THREADS_MAX, Math.max(2, availableParallelism())),
    ),
    isQuick: values.quick ?? false,
    isList: values.list ?? false,
    phases: phasesOf(values.only ?? []),
    json: path(values.json),
    html: path(values.html),
    directory: path(values.dir) ?? tmpdir(),
  };
}

function phasesOf(only: readonly string[]): readonly string[] {
  if (only.length === 0) return NAMES;
  const wanted = only.map((part) => part.toLowerCase());
  const chosen = NAMES.filter((name) => wanted.some((part) => name.includes(part)));
  if (chosen.length > 0) return chosen;
  throw new UsageError(`no phase contains "${only.join('" or "')}"; there are ${NAMES.join(", ")}`);
}

function read(args: readonly string[]) {
  try {
    const options = {
      minutes: { type: "string" },
      seed: { type: "string" },
      threads: { type: "string" },
      only: { type: "string", multiple: true },
      quick: { type: "boolean" },
      list: { type: "boolean" },
      json: { type: "string" },
      html: { type: "string" },
      dir: { type: "string" },
      help: { type: "boolean" },
    } as const;
    return parseArgs({ args: [...args], strict: true, allowPositionals: false, options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
