// `npm run sim -- cluster`: campaigns of simulated clusters.
import { type SeedReport, SeedRun, toJsonLines } from "@multiraft/store/sim";
import { type ResultFiles, withResultFiles } from "../cli/result-files.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { ClusterCampaign } from "./cluster-campaign.ts";
import { CLUSTER_SIM_HELP, type ClusterSimOptions, parseClusterSim } from "./cluster-options.ts";
import { type RanSchedule, reportLines } from "./cluster-report.ts";
import { makeSmall } from "./cluster-shrink.ts";
import { readKept } from "./read-schedule.ts";
import { SeedThreadError } from "./seed-threads.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

type Files = ResultFiles<"json" | "timeline" | "history">;

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseClusterSim(args, context.environment);
  const campaign = new ClusterCampaign(options);
  return withResultFiles(options, ["json", "timeline", "history"], (files) =>
    play(campaign, options, files, context),
  );
}

async function play(
  campaign: ClusterCampaign,
  options: ClusterSimOptions,
  files: Files,
  context: SimContext,
): Promise<number> {
  const failure = await campaign.run(context).then(() => undefined, threadErrorOf);
  const report = campaign.tally.report();
  for (const line of reportLines(report)) context.say(line);
  files.write("json", () => `${JSON.stringify(report, null, 2)}\n`);
  const { firstFailed, last } = campaign.tally;
  if (last !== undefined) compareKept(options, last.hash, context);
  if (options.timeline !== undefined) await drawAgain(firstFailed ?? last, files, context);
  if (options.history !== undefined) await writeHistory(last, files, context);
  if (options.isShrunk && firstFailed !== undefined)
    await makeSmall(firstFailed, options.shrinkMinutes, context);
  if (failure !== undefined) context.say(`FAILED: ${failure.stack}`);
  if (campaign.rest !== undefined) context.say(`what is left: ${campaign.rest}`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 && failure === undefined ? EXIT_OK : EXIT_FAILED;
}

/** What was run before is reported all the same. */
function threadErrorOf(error: unknown): SeedThreadError {
  if (error instanceof SeedThreadError) return error;
  throw error;
}

async function drawAgain(
  ran: RanSchedule | undefined,
  files: Files,
  context: SimContext,
): Promise<void> {
  if (ran === undefined) return;
  const again = new SeedRun(ran.schedule, { isDrawn: true });
  compare(await again.run(), ran, context);
  files.write("timeline", () => again.timeline());
}

async function writeHistory(
  ran: RanSchedule | undefined,
  files: Files,
  context: SimContext,
): Promise<void> {
  if (ran === undefined) return;
  const report = await new SeedRun(ran.schedule).run();
  compare(report, ran, context);
  files.write("history", () => toJsonLines(report.history));
}

/** The same schedule is the same run: if it is not, whatever it shows is not what was found. */
function compare({ hash, seed }: SeedReport, ran: RanSchedule, { say }: SimContext): void {
  if (hash !== ran.hash) say(`seed ${seed} went another way when it ran again: ${hash}`);
}

/** A schedule that was kept with its hash: another one says that the code has changed since. */
function compareKept({ schedule }: ClusterSimOptions, hash: string, { say }: SimContext): void {
  const kept = schedule === undefined ? undefined : readKept(schedule).hash;
  if (kept === undefined) return;
  if (kept === hash) say(`the same run as when it was written: ${hash}`);
  else say(`another run than when it was written, to hash ${kept}: the code has changed since`);
}

export const clusterCommand: SimCommand = {
  summary: "whole clusters: stores, replicas, the placement driver and clients, under faults",
  help: CLUSTER_SIM_HELP,
  run,
};
