// `npm run sim -- raft`: schedules of chance over groups of the Raft core alone.
import { readFileSync } from "node:fs";
import { type RaftViolation, replayLines } from "@multiraft/store/sim";
import { type ResultFiles, withResultFiles } from "../cli/result-files.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, UsageError } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { RaftCampaign, type RaftReport } from "./raft-campaign.ts";
import { parseRaftSim, RAFT_SIM_HELP, type RaftSimOptions } from "./raft-options.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseRaftSim(args, context.environment);
  if (options.replay !== undefined) return replay(options.replay, context);
  return withResultFiles(options, ["json"], (files) => play(options, files, context));
}

async function play(
  options: RaftSimOptions,
  files: ResultFiles<"json">,
  context: SimContext,
): Promise<number> {
  const campaign = new RaftCampaign(options);
  const progress = new Progress(context.progress, "seeds", options.seeds);
  const note = ({ violations }: RaftReport) => `${violations.length} violations`;
  await campaign.run(context.signal, (report) => progress.show(report.seeds, note(report)));
  const { report } = campaign;
  progress.end(note(report));
  for (const violation of report.violations) tell(violation, options, context);
  for (const [what, count] of Object.entries(campaign.coverage))
    context.say(`  ${what.padEnd(28)}${String(count).padStart(12)}`);
  const { seeds, steps, violations, hash } = report;
  context.say(`${seeds} seeds, ${steps} steps, ${violations.length} violations, ${hash}`);
  files.write("json", () => `${JSON.stringify(report, null, 2)}\n`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function tell(violation: RaftViolation, { steps }: RaftSimOptions, { say }: SimContext): void {
  const { seed, step, invariant, message, schedule, hash } = violation;
  say(`FAILED: seed ${seed}, step ${step}: ${invariant}: ${message}`);
  for (const line of schedule) say(`  ${line}`);
  say(`  again, to hash ${hash}: npm run sim -- raft --seed ${seed} --steps ${steps}`);
}

/** Plays the shrunk schedules of a report again, each to its hash. */
function replay(file: string, { say }: SimContext): number {
  let broken = 0;
  const violations = violationsIn(file);
  for (const { seed, schedule, hash } of violations) {
    const again = replayLines(seed, schedule);
    if (again.violation !== undefined) broken += 1;
    const verdict = again.violation?.message ?? "no promise is broken any more";
    say(`seed ${seed}, ${schedule.length} steps: ${verdict}`);
    say(`  hash ${again.hash}, ${again.hash === hash ? "as reported" : `reported was ${hash}`}`);
  }
  say(`${violations.length} schedules, ${broken} of them broken`);
  return broken === 0 ? EXIT_OK : EXIT_FAILED;
}

function violationsIn(file: string): readonly RaftViolation[] {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as RaftReport;
    return [...report.violations];
  } catch (error) {
    throw new UsageError(`--replay takes a report that --json wrote: ${error}`);
  }
}

export const raftCommand: SimCommand = {
  summary: "the Raft core alone: crashes, partitions, membership, reads",
  help: RAFT_SIM_HELP,
  run,
};
