// `npm run sim -- cluster`: campaigns of simulated clusters.
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  MARKS,
  type SeedReport,
  SeedRun,
  type SeedViolation,
  toJsonLines,
  wholeSchedule,
} from "@multiraft/store/sim";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
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
  #hash = "";

  constructor(options: ClusterSimOptions) {
    this.#options = options;
  }

  async run({ progress: output, signal }: SimContext): Promise<void> {
    const { minutes, seeds, profiles, steps } = this.#options;
    const endMs = minutes === undefined ? undefined : performance.now() + minutes * MS_PER_MINUTE;
    const startedMs = performance.now();
    const progress = new Progress(output, "seeds", seeds ?? 1);
    const first = this.#options.firstSeed ?? Math.floor(Math.random() * FRESH_SEEDS);
    while (!signal.aborted && this.#seeds < (seeds ?? Number.POSITIVE_INFINITY)) {
      if (endMs !== undefined && performance.now() >= endMs) break;
      const profile = profiles[this.#seeds % profiles.length] ?? "calm";
      const schedule = wholeSchedule((first + this.#seeds) % FRESH_SEEDS, profile, steps);
      this.#add(profile, await new SeedRun(schedule).run());
      const share = endMs === undefined ? this.#seeds : this.#shareOf(startedMs, endMs);
      progress.show(share, this.#note(startedMs));
      await setImmediate(); // a signal is heard between two seeds
    }
    progress.end(this.#note(startedMs));
  }

  report(): Report {
    return {
      seeds: this.#seeds,
      steps: this.#steps,
      violations: this.#violations,
      simulatedSeconds: Math.round(this.#simulatedMs / 1_000),
      marks: {
        reached: this.#marks.size,
        missed: MARKS.filter((name) => !this.#marks.has(name)),
      },
      hash: this.#hash,
    };
  }

  #add(profile: string, report: SeedReport): void {
    this.#seeds += 1;
    this.#steps += report.steps;
    this.#simulatedMs += report.simulatedMs;
    this.#hash = chainHash(this.#hash, report.hash);
    for (const mark of report.marks) this.#marks.add(mark);
    const { violation, hash } = report;
    if (violation !== undefined) {
      const replay = this.#replayOf(report.seed, profile);
      this.#violations.push({ ...violation, hash, replay });
    }
    if (this.#options.history !== undefined)
      writeFileSync(this.#options.history, toJsonLines(report.history));
  }

  #replayOf(seed: number, profile: string): string {
    return `npm run sim -- cluster --seed ${seed} --profile ${profile} --steps ${this.#options.steps}`;
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

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseClusterSim(args, context.environment);
  const campaign = new Campaign(options);
  await campaign.run(context);
  const report = campaign.report();
  for (const line of linesOf(report)) context.say(line);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function linesOf({ seeds, steps, violations, simulatedSeconds, marks, hash }: Report): string[] {
  const failed = violations.flatMap(({ seed, profile, step, oracle, what, replay, hash: own }) => [
    `FAILED: seed ${seed}, profile ${profile}, step ${step}, ${oracle}: ${what}`,
    `  again, to hash ${own}: ${replay}`,
  ]);
  const missed = marks.missed.map((name) => `  not reached: ${name}`);
  const sum = `${seeds} seeds, ${steps} steps, ${simulatedSeconds} simulated seconds`;
  return [
    ...failed,
    `${sum}, ${violations.length} violations, ${hash}`,
    `${marks.reached} of ${marks.reached + marks.missed.length} marks reached`,
    ...missed,
  ];
}

export const clusterCommand: SimCommand = {
  summary: "whole clusters: stores, replicas, the placement driver and clients, under faults",
  help: CLUSTER_SIM_HELP,
  run,
};
