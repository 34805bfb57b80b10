// `npm run bench -- stress`: the stress run, from its options to its exit code.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "../report/machine.ts";
import { QUICK_LOOK } from "../report/page/how.ts";
import { pageOf } from "../report/page/page.ts";
import { rowTable } from "../report/row-table.ts";
import {
  type StressReport,
  stressCharts,
  stressReport,
  summaryLines,
  violationLine,
} from "../stress/stress-report.ts";
import { StressRun } from "../stress/stress-run.ts";
import { Interruption } from "./interruption.ts";
import { resultFile } from "./result-files.ts";
import { parseStress, STRESS_ABOUT, STRESS_HELP, type StressOptions } from "./stress-options.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, UsageError } from "./usage-error.ts";

const say = (line: string): void => console.error(line);

const HOW =
  "Phases took turns in one process. Every figure is the median of the rounds of a phase, its checks included; the " +
  "thin line across a bar shows the lowest and the highest. A phase in which anything was violated has no rows.";

/** @returns The exit code. @throws UsageError */
export async function stressCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const options = parseStress(args, environment);
  if (options === "help") {
    console.log(STRESS_HELP);
    return EXIT_OK;
  }
  if (options.isList) {
    for (const name of options.phases) console.log(name);
    return EXIT_OK;
  }
  return await run(options);
}

async function run(options: StressOptions): Promise<number> {
  const { seed, threads, phases, isQuick, minutes } = options;
  if (!existsSync(options.directory)) throw new UsageError(`no directory ${options.directory}`);
  const files = { json: resultFile(options.json), html: resultFile(options.html) };
  const scratch = mkdtempSync(join(options.directory, "multiraft-stress-"));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  const interruption = new Interruption(say, () => {
    remove();
    process.exit(EXIT_INTERRUPTED);
  });
  try {
    const machine = { ...describeMachine(options.directory), quick: isQuick };
    const length = isQuick ? "one cycle" : `${minutes} minutes`;
    say(`seed ${seed}, ${threads} threads, ${length} of ${phases.join(", ")}`);
    const order = { seed, threads, minutes, isQuick, phases, directory: scratch };
    const output = {
      progress: process.stderr,
      found: (violation: Parameters<typeof violationLine>[0]) => say(violationLine(violation)),
    };
    const result = await new StressRun(order, output, interruption.signal).run();
    const report = stressReport(machine, result);
    if (report.rows.length > 0) console.log(rowTable(report.rows));
    for (const line of summaryLines(report)) console.log(line);
    if (result.isInterrupted)
      return result.violations.length === 0 ? EXIT_INTERRUPTED : EXIT_FAILED;
    files.json?.write(`${JSON.stringify(report, null, 2)}\n`);
    const charts = stressCharts(report, result.memory);
    files.html?.write(
      pageOf(report, aboutOf(report), charts, isQuick ? `${QUICK_LOOK} ${HOW}` : HOW),
    );
    return result.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
  } finally {
    remove();
  }
}

function aboutOf({ summary }: StressReport): string {
  const { seed, threads, seconds, violations } = summary;
  const verdict = violations.length === 0 ? "everything held" : `${violations.length} violations`;
  const run = `Seed ${seed}, ${threads} threads, ${seconds.toFixed(0)} s: ${verdict}.`;
  return [`The stress run: ${STRESS_ABOUT}.`, run, ...violations.map(violationLine)].join(" ");
}
