// `npm run sim -- raft`: schedules of chance over groups of the Raft core alone.
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  Coverage,
  findViolation,
  type RaftViolation,
  runRaftSeed,
  SliceHash,
} from "@multiraft/store/sim";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../cli/usage-error.ts";
import { Progress } from "../report/progress.ts";
import { parseRaftSim, RAFT_SIM_HELP, type RaftSimOptions } from "./raft-options.ts";
import type { SimCommand, SimContext } from "./sim-command.ts";

type Report = {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly RaftViolation[];
  readonly hash: string;
};

async function simulate(options: RaftSimOptions, context: SimContext, coverage: Coverage) {
  const { firstSeed, seeds, steps } = options;
  const progress = new Progress(context.progress, "seeds", seeds);
  const violations: RaftViolation[] = [];
  const hash = new SliceHash();
  const total = { seeds: 0, steps: 0 };
  for (; total.seeds < seeds && !context.signal.aborted; total.seeds++) {
    const seed = firstSeed + total.seeds;
    const result = runRaftSeed(seed, steps);
    total.steps += result.steps;
    hash.add(result.hash);
    coverage.add(result.coverage);
    const violation = result.violation && findViolation(seed, steps);
    if (violation !== undefined) violations.push(violation);
    progress.show(total.seeds + 1, `${violations.length} violations`);
    await setImmediate(); // a signal is heard between two seeds
  }
  progress.end(`${violations.length} violations`);
  return { ...total, violations, hash: hash.value } satisfies Report;
}

async function run(args: readonly string[], context: SimContext): Promise<number> {
  const options = parseRaftSim(args, context.environment);
  const coverage = new Coverage();
  const report = await simulate(options, context, coverage);
  for (const violation of report.violations) tell(violation, options, context);
  for (const [what, count] of Object.entries(coverage.counts))
    context.say(`  ${what.padEnd(28)}${String(count).padStart(12)}`);
  const { seeds, steps, hash } = report;
  context.say(`${seeds} seeds, ${steps} steps, ${report.violations.length} violations, ${hash}`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (context.signal.aborted) return EXIT_INTERRUPTED;
  return report.violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}

function tell(violation: RaftViolation, { steps }: RaftSimOptions, { say }: SimContext): void {
  const { seed, step, invariant, message, schedule, hash } = violation;
  say(`FAILED: seed ${seed}, step ${step}: ${invariant}: ${message}`);
  for (const line of schedule) say(`  ${line}`);
  say(`  again, to hash ${hash}: npm run sim -- raft --seed ${seed} --steps ${steps}`);
}

export const raftCommand: SimCommand = {
  summary: "the Raft core alone: crashes, partitions, membership, reads",
  help: RAFT_SIM_HELP,
  run,
};
