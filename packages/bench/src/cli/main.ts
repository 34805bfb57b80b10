// `npm start`: the main job, from its options to its exit code.
import { ClusterError } from "@multiraft/store";
import { MainJob } from "../main-job/main-job.ts";
import { MAIN_JOB_HELP, type MainJobOptions, parseMainJob } from "../main-job/options.ts";
import { failuresOf, reportLines } from "../main-job/print-report.ts";
import { openScratch } from "../main-job/scratch-directory.ts";
import { Interrupted, Interruption } from "./interruption.ts";
import { resultFile } from "./result-files.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, UsageError } from "./usage-error.ts";

const say = (line: string): void => console.log(line);

async function run(options: MainJobOptions): Promise<number> {
  const scratch = openScratch(options.dir);
  const interruption = new Interruption(say, () => {
    scratch.remove();
    process.exit(EXIT_INTERRUPTED);
  });
  const startedMs = performance.now();
  try {
    const json = resultFile(options.json);
    const output = { progress: process.stderr, say };
    const job = new MainJob(options, scratch.path, output, interruption.signal);
    const report = await job.run();
    for (const line of reportLines(report)) say(line);
    json?.write(`${JSON.stringify(report, null, 2)}\n`);
    const failures = failuresOf(report);
    for (const failure of failures) say(`FAILED: ${failure}`);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    say(failures.length === 0 ? `everything held, ${seconds} s` : `${seconds} s`);
    return failures.length === 0 ? EXIT_OK : EXIT_FAILED;
  } finally {
    scratch.remove();
  }
}

async function main(): Promise<number> {
  try {
    const options = parseMainJob(process.argv.slice(2), process.env);
    if (options !== "help") return await run(options);
    say(MAIN_JOB_HELP);
    return EXIT_OK;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    if (error instanceof UsageError) {
      console.error(`main: ${error.message}\nSee npm start -- --help`);
      return EXIT_USAGE;
    }
    console.error(error instanceof ClusterError ? `main: ${error.message}` : error);
    return EXIT_FAILED;
  }
}

// Not by exitCode: what was under way when the job was interrupted must not keep the process.
process.exit(await main());
