// `npm run bench -- SUITE`: runs one suite, shows its rows, and writes them where they are asked for.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeMachine, machineText } from "../report/machine.ts";
import { pageOf } from "../report/page/page.ts";
import { Progress } from "../report/progress.ts";
import { rowTable } from "../report/row-table.ts";
import { alternate } from "../suite/alternate.ts";
import type { Case } from "../suite/case.ts";
import { type CaseResult, type Failure, type Outcome, outcomesOf } from "../suite/outcome.ts";
import { runRound } from "../suite/round-process.ts";
import type { SuiteReport } from "../suite/row.ts";
import { idleFilters, selectCases } from "../suite/selection.ts";
import type { Suite } from "../suite/suite.ts";
import { SUITES } from "../suite/suites.ts";
import { BENCH_HELP, type BenchOptions, parseBench } from "./bench-options.ts";
import { Interruption } from "./interruption.ts";
import { resultFile } from "./result-files.ts";
import { stressCommand } from "./stress.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, UsageError } from "./usage-error.ts";

const QUICK_SAYS = "--quick: one round of small amounts, for a look; not figures to quote";

const say = (line: string): void => console.error(line);

async function run(options: BenchOptions): Promise<number> {
  const suite = SUITES[options.name];
  if (suite === undefined) throw new UsageError(`no suite ${options.name}`);
  const cases = casesOf(suite, options);
  if (options.isList) {
    for (const { name } of cases) console.log(name);
    return EXIT_OK;
  }
  if (!existsSync(options.directory)) throw new UsageError(`no directory ${options.directory}`);
  const files = { json: resultFile(options.json), html: resultFile(options.html) };
  const rounds = suite.rounds(options);
  const machine = { ...describeMachine(options.directory), rounds, quick: options.isQuick };
  const { outcomes, failures, interrupted } = await measure(suite, cases, options);
  const rows = outcomes.map(({ row }) => row);
  const report: SuiteReport = { suite: options.name, machine, rows };
  if (rows.length > 0) console.log(rowTable(rows));
  console.log(machineText(machine));
  for (const { name, absent } of cases) if (absent !== undefined) say(`absent: ${name}: ${absent}`);
  if (options.isQuick) say(QUICK_SAYS);
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

type Measurement = {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly Failure[];
  /** Of a run that was broken off: how much there is. */
  readonly interrupted: Part | undefined;
};

type Part = { readonly share: number; readonly says: string };

async function measure(
  suite: Suite,
  cases: readonly Case[],
  options: BenchOptions,
): Promise<Measurement> {
  const scratch = mkdtempSync(join(options.directory, "multiraft-bench-"));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  const interruption = new Interruption(say, () => {
    remove();
    process.exit(EXIT_INTERRUPTED);
  });
  const { signal } = interruption;
  const progress = new Progress(process.stderr, options.name, 1);
  try {
    const results = await alternate(cases, {
      rounds: suite.rounds(options),
      announce: (name, done, total) => progress.show(done / total, name),
      signal,
      run: (one) => runRound(one, { directory: scratch }, signal),
    });
    const interrupted = signal.aborted ? partOf(results, suite.rounds(options)) : undefined;
    progress.end("", interrupted?.share);
    const outcomes = outcomesOf(results);
    const failures = [...results.values()].filter((result) => "message" in result);
    return { outcomes: [...outcomes, ...(suite.derive?.(outcomes) ?? [])], failures, interrupted };
  } finally {
    remove();
  }
}

/** Of a run that was interrupted: how much of it there is. */
function partOf(results: ReadonlyMap<Case, CaseResult>, rounds: number): Part {
  const present = [...results].filter(([one]) => one.absent === undefined);
  const counts = present.map(([, result]) => ("message" in result ? 0 : result.length));
  const done = counts.reduce((sum, count) => sum + count, 0);
  const wanted = present.length * rounds;
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const rows = done === 0 ? "there are no rows" : `rows are of ${fewest} to ${most} rounds`;
  return { share: done / wanted, says: `after ${done} of ${wanted} rounds: ${rows}` };
}

async function main(): Promise<number> {
  try {
    const [first, ...others] = process.argv.slice(2);
    if (first === "stress") return await stressCommand(others, process.env);
    const options = parseBench(process.argv.slice(2), process.env);
    if (options !== "help") return await run(options);
    console.log(BENCH_HELP);
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
