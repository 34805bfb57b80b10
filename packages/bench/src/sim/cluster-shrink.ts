// The first failure of a campaign with as little as is needed for it, in a file that runs it again.
import { writeFileSync } from "node:fs";
import { type ScheduleSize, shrink } from "@multiraft/store/sim";
import { userPath } from "../cli/numbers.ts";
import { Progress } from "../report/progress.ts";
import type { RanSchedule } from "./cluster-report.ts";
import type { SimContext } from "./sim-command.ts";

const MS_PER_MINUTE = 60_000;

export async function makeSmall(
  { schedule }: RanSchedule,
  minutes: number,
  { progress: output, say, signal }: SimContext,
): Promise<void> {
  const startedMs = performance.now();
  const share = () => (performance.now() - startedMs) / (minutes * MS_PER_MINUTE);
  const progress = new Progress(output, "shrinking", 1);
  const shrunk = await shrink(schedule, {
    shouldStop: () => signal.aborted || share() >= 1,
    onRun: (runs, before, best) => progress.show(share(), `${runs} runs, ${cuts(before, best)}`),
  });
  if (shrunk === undefined) {
    progress.end("it did not fail again");
    return;
  }
  progress.end(`${shrunk.runs} runs`);
  const file = userPath(`multiraft-${shrunk.schedule.seed}.schedule.json`, process.env);
  writeFileSync(file, `${JSON.stringify(shrunk, null, 2)}\n`);
  say(`shrunk: ${cuts(shrunk.before, shrunk.after)}`);
  say(`  again, to hash ${shrunk.hash}: npm run sim -- cluster --schedule ${file}`);
}

function cuts(before: ScheduleSize, after: ScheduleSize): string {
  const names = ["steps", "delays", "faults", "operations"] as const;
  return names.map((name) => `${before[name]} to ${after[name]} ${name}`).join(", ");
}
