// `npm run sim -- race`: the founding race in every order.
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isCaught, type RaceProgress, type RaceReport, race } from "@multiraft/store/sim";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { parseRaceSim, RACE_SIM_HELP, type RaceSimOptions } from "./race-options.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

/** @returns Undefined when it was interrupted. */
async function play(
  options: RaceSimOptions,
  { progress, signal }: SimContext,
): Promise<RaceReport | undefined> {
  const bars = partBars(progress);
  const playing = race(options);
  for (let step = playing.next(); ; step = playing.next()) {
    if (step.done === true) {
      bars.end();
      return step.value;
    }
    bars.show(step.value);
    await setImmediate(); // a signal is heard between two runs
    if (signal.aborted) return undefined;
  }
}

/** One bar after the other. */
function partBars(output: SimContext["progress"]) {
  let bar: { readonly part: string; readonly progress: Progress; note: string } | undefined;
  const end = (): void => bar?.progress.end(bar.note);
  const show = ({ part, share, states, ends }: RaceProgress): void => {
    if (bar?.part !== part) {
      end();
      bar = { part, progress: new Progress(output, part, 1), note: "" };
    }
    bar.note = part === "orders" ? `${states} states, ${ends} ends` : "";
    bar.progress.show(share, bar.note);
  };
  return { show, end };
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
  const report = await play(options, context);
  if (report === undefined) {
    context.say("interrupted: nothing can be said of all orders");
    return EXIT_INTERRUPTED;
  }
  sayAll(report, context.say);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  const failures = failuresOf(report);
  for (const failure of failures) context.say(`FAILED: ${failure}`);
  return failures.length === 0 ? EXIT_OK : EXIT_FAILED;
}

export const raceCommand: SimCommand = {
  summary: "the founding race at one store, in every order, with crashes at every gap",
  help: RACE_SIM_HELP,
  run,
};
