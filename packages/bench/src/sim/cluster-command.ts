// `npm run sim -- cluster`: campaigns of simulated clusters.
import { readFileSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  MARKS,
  type Schedule,
  type SeedReport,
  SeedRun,
  type SeedViolation,
  shrink,
  toJsonLines,
  wholeSchedule,
} from "@multiraft/store/sim";
import { userPath } from "../cli/numbers.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, UsageError } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { CLUSTER_SIM_HELP, type ClusterSimOptions, parseClusterSim } from "./cluster-options.ts";
import { chainHash } from "./hash-chain.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

/** How a violation is reported: with what brings it back. */
type FoundViolation = SeedViolation & { readonly hash: string; readonly replay: string };

type Report = {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly FoundViolation[];
  readonly simulatedSeconds: number;
  /** Keys whose history was judged, and those that were too entangled to be. */
  readonly histories: { readonly keys: number; readonly undecided: number };
  readonly marks: { readonly reached: number; readonly missed: readonly string[] };
  readonly hash: string;
};

const FRESH_SEEDS = 2 ** 32 - 1;
const MS_PER_MINUTE = 60_000;

class Campaign {
  readonly #options: ClusterSimOptions;
  readonly #violations: FoundViolation[] = [];
  readonly #marks = new Set<string>();
  #seeds = 0;
  #steps = 0;
  #simulatedMs = 0;
  #keys = 0;
  #undecidedKeys = 0;
  #hash = "";
  #firstFailed: Schedule | undefined;
  #isDrawn = false;

  constructor(options: ClusterSimOptions) {
    this.#options = options;
  }

  async run({ progress: output, signal }: SimContext): Promise<void> {
    const { minutes, seeds } = this.#options;
    const startedMs = performance.now();
    const endMs = minutes === undefined ? undefined : startedMs + minutes * MS_PER_MINUTE;
    const progress = new Progress(output, "seeds", endMs === undefined ? (seeds ?? 1) : 1);
    for (const schedule of this.#schedules()) {
      if (signal.aborted || (endMs !== undefined && performance.now() >= endMs)) break;
      await this.#runOne(schedule);
      const done = endMs === undefined ? this.#seeds : this.#shareOf(startedMs, endMs);
      progress.show(done, this.#note(startedMs));
      await setImmediate(); // a signal is heard between two seeds
    }
    progress.end(this.#note(startedMs));
  }

  /** The first failure made small, if there was one. */
  async shrink({ progress, say, signal }: SimContext): Promise<void> {
    if (this.#firstFailed === undefined) return;
    const shrunk = await shrink(this.#firstFailed, {
      shouldStop: () => signal.aborted,
      onRun: (runs, { steps, withoutFaults }) =>
        progress.write(
          `  shrinking: ${runs} runs, ${steps} steps, without ${withoutFaults.length} faults\n`,
        ),
    });
    if (shrunk === undefined) return;
    const file = userPath(`multiraft-${shrunk.schedule.seed}.schedule.json`, process.env);
    writeFileSync(file, `${JSON.stringify(shrunk, null, 2)}\n`);
    say(`shrunk to ${shrunk.schedule.steps} steps: npm run sim -- cluster --schedule ${file}`);
  }

  *#schedules(): Generator<Schedule> {
    const {
      schedule,
      firstSeed,
      seeds = Number.POSITIVE_INFINITY,
      profiles,
      steps,
    } = this.#options;
    if (schedule !== undefined) return yield readSchedule(schedule);
    const first = firstSeed ?? Math.floor(Math.random() * FRESH_SEEDS);
    for (let n = 0; n < seeds; n += 1)
      yield wholeSchedule(
        (first + n) % FRESH_SEEDS,
        profiles[n % profiles.length] ?? "calm",
        steps,
      );
  }

  async #runOne(schedule: Schedule): Promise<void> {
    const { timeline } = this.#options;
    const run = new SeedRun(schedule, timeline !== undefined);
    const report = await run.run();
    this.#add(schedule, report);
    if (timeline === undefined || this.#isDrawn) return;
    writeFileSync(timeline, run.timeline());
    this.#isDrawn = report.violation !== undefined;
  }

  report(): Report {
    return {
      seeds: this.#seeds,
      steps: this.#steps,
      violations: this.#violations,
      simulatedSeconds: Math.round(this.#simulatedMs / 1_000),
      histories: { keys: this.#keys, undecided: this.#undecidedKeys },
      marks: {
        reached: this.#marks.size,
        missed: MARKS.filter((name) => !this.#marks.has(name)),
      },
      hash: this.#hash,
    };
  }

  #add(schedule: Schedule, report: SeedReport): void {
    this.#seeds += 1;
    this.#steps += report.steps;
    this.#simulatedMs += report.simulatedMs;
    this.#keys += report.keys;
    this.#undecidedKeys += report.undecidedKeys;
    this.#hash = chainHash(this.#hash, report.hash);
    for (const mark of report.marks) this.#marks.add(mark);
    const { violation, hash } = report;
    if (violation !== undefined) {
      this.#firstFailed ??= schedule;
      const replay = this.#replayOf(schedule);
      this.#violations.push({ ...violation, hash, replay });
    }
    if (this.#options.history !== undefined)
      writeFileSync(this.#options.history, toJsonLines(report.history));
  }

  #replayOf({ seed, profile, steps }: Schedule): string {
    const { schedule } = this.#options;
    if (schedule !== undefined) return `npm run sim -- cluster --schedule ${schedule}`;
    return `npm run sim -- cluster --seed ${seed} --profile ${profile} --steps ${steps}`;
  }

  #shareOf(startedMs: number, endMs: number): number {
    return (performance.now() - startedMs) / (endMs - startedMs);
  }

  #note(startedMs: number): string {
    const perSecond = (this.#steps / (performance.now() - startedMs)) * 1_000;
    const found = `${this.#violations.length} violations`;
    return `${this.#seeds} seeds, ${perSecond.toFixed(0)} steps/s, ${found}`;
  }
}

/** @throws UsageError */
function readSchedule(file: string): Schedule {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly schedule: Schedule }).schedule;
  } catch (error) {
    throw new UsageError(`no schedule in ${file}: ${error instanceof Error ? error.message : ""}`);
  }
}

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseClusterSim(args, context.environment);
  const campaign = new Campaign(options);
  await campaign.run(context);
  const report = campaign.report();
  for (const line of linesOf(report)) context.say(line);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.isShrunk) await campaign.shrink(context);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function linesOf(report: Report): string[] {
  const { seeds, steps, violations, simulatedSeconds, histories, marks, hash } = report;
  const failed = violations.flatMap(({ seed, profile, step, oracle, what, replay, hash: own }) => [
    `FAILED: seed ${seed}, profile ${profile}, step ${step}, ${oracle}: ${what}`,
    `  again, to hash ${own}: ${replay}`,
  ]);
  const missed = marks.missed.map((name) => `  not reached: ${name}`);
  const sum = `${seeds} seeds, ${steps} steps, ${simulatedSeconds} simulated seconds`;
  return [
    ...failed,
    `${sum}, ${violations.length} violations, ${hash}`,
    `${histories.keys} histories of keys, ${histories.undecided} undecided`,
    `${marks.reached} of ${marks.reached + marks.missed.length} marks reached`,
    ...missed,
  ];
}

export const clusterCommand: SimCommand = {
  summary: "whole clusters: stores, replicas, the placement driver and clients, under faults",
  help: CLUSTER_SIM_HELP,
  run,
};
