// `npm run bench -- SUITE`: runs one suite, shows its rows, and writes them where they are asked for.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "../report/machine.ts";
import { Progress } from "../report/progress.ts";
import { rowTable } from "../report/rows.ts";
import type { SuiteReport } from "../suite/row.ts";
import { SUITES } from "../suite/suites.ts";
import { userPath } from "./numbers.ts";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, UsageError } from "./usage-error.ts";

const NAMES = Object.keys(SUITES).join(", ");

const HELP = `Usage: npm run bench -- SUITE [options]

Suites: ${NAMES}

  --quick        small amounts, for a look
  --json FILE    write the rows to FILE as well
  --dir DIR      scratch space on the disk to be measured (default: the temporary directory)
  --help         this text

Every row is checked: a round in which work is missing ends the run with exit code 1.`;

type Options = {
  readonly name: string;
  readonly isQuick: boolean;
  readonly json: string | undefined;
  readonly directory: string;
};

function parse(args: readonly string[]): Options | "help" {
  const { values, positionals } = read(args);
  if (values.help) return "help";
  const [name, ...rest] = positionals;
  if (name === undefined || !Object.hasOwn(SUITES, name) || rest.length > 0)
    throw new UsageError(`one suite is wanted: ${NAMES}; not "${positionals.join(" ")}"`);
  return {
    name,
    isQuick: values.quick ?? false,
    json: values.json === undefined ? undefined : userPath(values.json, process.env),
    directory: values.dir === undefined ? tmpdir() : userPath(values.dir, process.env),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        quick: { type: "boolean" },
        json: { type: "string" },
        dir: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function run({ name, isQuick, json, directory }: Options): Promise<void> {
  const suite = SUITES[name];
  if (suite === undefined) throw new UsageError(`no suite ${name}`);
  const scratch = mkdtempSync(join(directory, "multiraft-bench-"));
  const progress = new Progress(process.stderr, name, 1);
  try {
    const rows = await suite({ isQuick, directory: scratch }, (what, done, total) =>
      progress.show(done / total, what),
    );
    progress.end();
    const report: SuiteReport = { suite: name, machine: describeMachine(), rows };
    console.log(rowTable(rows));
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  try {
    const options = parse(process.argv.slice(2));
    if (options === "help") console.log(HELP);
    else await run(options);
    return EXIT_OK;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench: ${error.message}\nSee npm run bench -- --help`);
      return EXIT_USAGE;
    }
    console.error(error);
    return EXIT_FAILED;
  }
}

process.exitCode = await main();
