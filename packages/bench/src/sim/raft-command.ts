// `npm run sim -- raft`: schedules of chance over groups of the Raft core alone.
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type RaftViolation, simulateRaft } from "@multiraft/store/sim";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { chainHash } from "./hash-chain.ts";
import { parseRaftSim, RAFT_SIM_HELP, type RaftSimOptions } from "./raft-options.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

type Report = {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly RaftViolation[];
  readonly hash: string;
};

async function simulate(options: RaftSimOptions, context: SimContext): Promise<Report> {
  const { firstSeed, seeds, steps } = options;
  const progress = new Progress(context.progress, "seeds", seeds);
  const violations: RaftViolation[] = [];
  const total = { seeds: 0, steps: 0, hash: "" };
  for (; total.seeds < seeds && !context.signal.aborted; total.seeds++) {
    const result = simulateRaft(firstSeed + total.seeds, steps);
    total.steps += result.steps;
    total.hash = chainHash(total.hash, result.hash);
    if (result.violation !== undefined) violations.push(result.violation);
    progress.show(total.seeds + 1, `${violations.length} violations`);
    await setImmediate(); // a signal is heard between two seeds
  }
  progress.end(`${violations.length} violations`);
  return { ...total, violations };
}

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseRaftSim(args, context.environment);
  const report = await simulate(options, context);
  for (const { seed, step, message } of report.violations)
    context.say(`FAILED: seed ${seed}, step ${step}: ${message}`);
  const { seeds, steps, hash } = report;
  context.say(`${seeds} seeds, ${steps} steps, ${report.violations.length} violations, ${hash}`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

export const raftCommand: SimCommand = {
  summary: "the Raft core alone: crashes, partitions, membership, reads",
  help: RAFT_SIM_HELP,
  run,
};
