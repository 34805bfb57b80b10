// `npm run sim -- cluster`: campaigns of simulated clusters.
import { writeFileSync } from "node:fs";
import { type SeedReport, SeedRun, toJsonLines } from "@multiraft/store/sim";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { ClusterCampaign } from "./cluster-campaign.ts";
import { CLUSTER_SIM_HELP, type ClusterSimOptions, parseClusterSim } from "./cluster-options.ts";
import { type RanSchedule, reportLines } from "./cluster-report.ts";
import { makeSmall } from "./cluster-shrink.ts";
import { readKept } from "./read-schedule.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseClusterSim(args, context.environment);
  const campaign = new ClusterCampaign(options);
  await campaign.run(context);
  const report = campaign.tally.report();
  for (const line of reportLines(report)) context.say(line);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  const { firstFailed, last } = campaign.tally;
  if (last !== undefined) compareKept(options, last.hash, context);
  await drawAgain(firstFailed ?? last, options, context);
  await writeHistory(last, options, context);
  if (options.isShrunk && firstFailed !== undefined)
    await makeSmall(firstFailed, options.shrinkMinutes, context);
  if (campaign.rest !== undefined) context.say(`what is left: ${campaign.rest}`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

async function drawAgain(
  ran: RanSchedule | undefined,
  { timeline }: ClusterSimOptions,
  context: SimContext,
): Promise<void> {
  if (timeline === undefined || ran === undefined) return;
  const again = new SeedRun(ran.schedule, { isDrawn: true });
  compare(await again.run(), ran, context);
  writeFileSync(timeline, again.timeline());
}

async function writeHistory(
  ran: RanSchedule | undefined,
  { history }: ClusterSimOptions,
  context: SimContext,
): Promise<void> {
  if (history === undefined || ran === undefined) return;
  const report = await new SeedRun(ran.schedule).run();
  compare(report, ran, context);
  writeFileSync(history, toJsonLines(report.history));
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
