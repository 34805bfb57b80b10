// `npm run bench -- SUITE`: runs one suite, shows its rows, and writes them where they are asked for.
import { existsSync } from "node:fs";
import { describeMachine, machineText } from "../report/machine.ts";
import { pageOf } from "../report/page/page.ts";
import { rowTable } from "../report/row-table.ts";
import { StolenTime } from "../report/stolen-time.ts";
import type { Case } from "../suite/case.ts";
import type { Outcome } from "../suite/outcome.ts";
import type { Machine, SuiteReport } from "../suite/row.ts";
import { idleFilters, selectCases } from "../suite/selection.ts";
import type { Suite } from "../suite/suite.ts";
import { SUITES } from "../suite/suites.ts";
import { type BenchOptions, benchHelp, parseBench } from "./bench-options.ts";
import { measure, planText, roundsOf } from "./measurement.ts";
import { resultFile } from "./result-files.ts";
import { stressCommand } from "./stress.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, UsageError } from "./usage-error.ts";

const QUICK_SAYS = "--quick: one round of small amounts, for a look; not figures to quote";
const PROFILED_SAYS = "--profile: code that is watched is slower; not figures to quote";

const say = (line: string): void => console.error(line);

async function run(options: BenchOptions): Promise<number> {
  const suite = SUITES[options.name];
  if (suite === undefined) throw new UsageError(`no suite ${options.name}`);
  const cases = casesOf(suite, options);
  if (options.isList) {
    for (const { name } of cases) console.log(name);
    say(planText(suite, cases, options));
    return EXIT_OK;
  }
  if (!existsSync(options.directory)) throw new UsageError(`no directory ${options.directory}`);
  const files = { json: resultFile(options.json), html: resultFile(options.html) };
  const stolen = new StolenTime();
  const begun: Machine = {
    ...describeMachine(options.directory),
    rounds: roundsOf(suite, options),
    quick: options.isQuick,
    ...(options.profile === undefined ? {} : { profiled: true }),
  };
  say(`${options.name}: ${planText(suite, cases, options)}`);
  const { outcomes, failures, interrupted } = await measure(suite, cases, options);
  const stolenShare = stolen.share();
  const machine = stolenShare === undefined ? begun : { ...begun, stolenShare };
  const rows = outcomes.map(({ row }) => row);
  const report: SuiteReport = { suite: options.name, machine, rows };
  const runsOf = new Map(outcomes.map((outcome) => [outcome.row, runsText(outcome)]));
  if (rows.length > 0) console.log(rowTable(rows, (row) => runsOf.get(row) ?? ""));
  console.log(RUNS_SAY);
  console.log(machineText(machine));
  for (const { name, absent } of cases) if (absent !== undefined) say(`absent: ${name}: ${absent}`);
  if (options.isQuick) say(QUICK_SAYS);
  if (options.profile !== undefined) say(`${PROFILED_SAYS}: see ${options.profile}`);
  for (const { message } of failures) say(`FAILED ${message}`);
  if (interrupted !== undefined) {
    const isKept = options.json !== undefined || options.html !== undefined;
    say(`INTERRUPTED ${interrupted.says}${isKept ? "; no file was written" : ""}`);
    return EXIT_INTERRUPTED;
  }
  files.json?.write(`${JSON.stringify(report, null, 2)}\n`);
  files.html?.write(pageOf(report, suite.about, suite.charts(outcomes)));
  return failures.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function casesOf(suite: Suite, options: BenchOptions): readonly Case[] {
  const all = suite.cases(options);
  const idle = idleFilters(all, options.only);
  if (idle.length === 0) return selectCases(all, options.only);
  const names = all.map(({ name }) => `  ${name}`).join("\n");
  const isLeftOut = idleFilters(suite.cases({ ...options, isAll: true }), idle).length === 0;
  const hint = isLeftOut ? "with --all there is one; without it" : "there are";
  throw new UsageError(`no case contains "${idle.join('" or "')}"; ${hint}\n${names}`);
}

/** What the column of runs is. */
const RUNS_SAY =
  "runs: rounds in fresh processes x (repetitions to warm up + those that count); medians of their medians";

/** Of the round that had the fewest: long work is repeated less often. */
function runsText({ rounds, repeated: { warmUps, iterations } }: Outcome): string {
  return `${rounds} x (${warmUps} + ${iterations})`;
}

async function main(): Promise<number> {
  try {
    const [first, ...others] = process.argv.slice(2);
    if (first === "stress") return await stressCommand(others, process.env);
    const options = parseBench(process.argv.slice(2), process.env);
    if (options !== "help") return await run(options);
    console.log(benchHelp());
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
