// `npm run sim -- race`: the founding race in every order.
import { isCaught, type RaceReport } from "@multiraft/store/sim";
import { type ResultFiles, withResultFiles } from "../cli/result-files.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { runRace } from "./race-campaign.ts";
import { parseRaceSim, RACE_SIM_HELP, type RaceSimOptions } from "./race-options.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

async function play(
  options: RaceSimOptions,
  { progress: output, signal }: SimContext,
): Promise<RaceReport | undefined> {
  const progress = new Progress(output, "race", 1);
  let note = "";
  const report = await runRace(options, signal, ({ share, states, ends }) => {
    note = `${states} states, ${ends} ends`;
    progress.show(share, note);
  });
  if (report !== undefined) progress.end(note);
  return report;
}

function sayAll(
  { orders, expected, violations, remedies }: RaceReport,
  say: SimContext["say"],
): void {
  for (const { order, offer, oracle, what } of violations)
    say(`FAILED: ${oracle}: ${what}\n  snapshot ${offer}: ${order}`);
  for (const { off, orders: played, violated, oracle } of remedies)
    say(`without ${off.join(" and ")}: ${violated} of ${played}, ${oracle || "nobody spoke"}`);
  say(`${orders} orders of ${expected}, ${violations.length} violations`);
}

function failuresOf({ orders, expected, violations, remedies }: RaceReport): string[] {
  const failures = remedies
    .filter((result) => !isCaught(result))
    .map(({ off }) => `without ${off.join(" and ")} an oracle was silent`);
  if (orders !== expected) failures.push(`${expected} orders are allowed, ${orders} ended well`);
  if (violations.length > 0) failures.push(`${violations.length} violations`);
  return failures;
}

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseRaceSim(args, context.environment);
  return withResultFiles(options, ["json"], (files) => runAll(options, files, context));
}

async function runAll(
  options: RaceSimOptions,
  files: ResultFiles<"json">,
  context: SimContext,
): Promise<number> {
  const report = await play(options, context);
  if (report === undefined) {
    context.say("interrupted: nothing can be said of all orders");
    return EXIT_INTERRUPTED;
  }
  sayAll(report, context.say);
  files.write("json", () => `${JSON.stringify(report, null, 2)}\n`);
  const failures = failuresOf(report);
  for (const failure of failures) context.say(`FAILED: ${failure}`);
  return failures.length === 0 ? EXIT_OK : EXIT_FAILED;
}

export const raceCommand: SimCommand = {
  summary: "the founding race at one store, in every order, with crashes at every gap",
  help: RACE_SIM_HELP,
  run,
};
