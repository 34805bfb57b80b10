// The rounds of a suite, from its cases to what became of them: told while they run, and in order when they are
// broken off.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Progress } from "../report/progress.ts";
import { alternate } from "../suite/alternate.ts";
import type { Case } from "../suite/case.ts";
import { type CaseResult, type Failure, type Outcome, outcomesOf } from "../suite/outcome.ts";
import type { RoundResult } from "../suite/round.ts";
import { runRound } from "../suite/round-process.ts";
import type { Suite } from "../suite/suite.ts";
import { aboutText, TimeLeft } from "../suite/time-left.ts";
import type { BenchOptions } from "./bench-options.ts";
import { Interruption } from "./interruption.ts";
import { EXIT_INTERRUPTED } from "./usage-error.ts";

export type Measurement = {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly Failure[];
  /** Of a run that was broken off: how much there is. */
  readonly interrupted: Part | undefined;
};

type Part = { readonly share: number; readonly says: string };

const say = (line: string): void => console.error(line);

export function roundsOf(suite: Suite, options: BenchOptions): number {
  return options.rounds ?? suite.rounds(options);
}

/** What a run has before it: `93 cases, 3 rounds of each, about 13 min`. */
export function planText(suite: Suite, cases: readonly Case[], options: BenchOptions): string {
  const present = cases.filter(({ absent }) => absent === undefined);
  const rounds = roundsOf(suite, options);
  // Small amounts take what a process takes.
  const text = options.isQuick ? "" : `, ${aboutText(new TimeLeft(present, rounds).seconds)}`;
  const each = rounds === 1 ? "1 round" : `${rounds} rounds`;
  return `${present.length} ${present.length === 1 ? "case" : "cases"}, ${each} of each${text}`;
}

export async function measure(
  suite: Suite,
  cases: readonly Case[],
  options: BenchOptions,
): Promise<Measurement> {
  const scratch = mkdtempSync(join(options.directory, "multiraft-bench-"));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  const interruption = new Interruption(say, () => {
    remove();
    process.exit(EXIT_INTERRUPTED);
  });
  const { signal } = interruption;
  const rounds = roundsOf(suite, options);
  const progress = new Progress(process.stderr, options.name, 1);
  const left = new TimeLeft(
    cases.filter(({ absent }) => absent === undefined),
    rounds,
  );
  const runTimed = async (one: Case): Promise<RoundResult> => {
    const startedMs = performance.now();
    try {
      const place = { directory: scratch, ...profilesOf(one, options) };
      return await runRound(one, place, signal);
    } finally {
      left.ended(one, (performance.now() - startedMs) / 1_000);
    }
  };
  try {
    const results = await alternate(cases, {
      rounds,
      announce: (name, done, total) =>
        progress.show(done / total, done === 0 ? name : `${name}, ${aboutText(left.seconds)} left`),
      signal,
      run: runTimed,
    });
    const interrupted = signal.aborted ? partOf(results, rounds) : undefined;
    progress.end("", interrupted?.share);
    const outcomes = outcomesOf(results);
    const failures = [...results.values()].filter((result) => "message" in result);
    return { outcomes: [...outcomes, ...(suite.derive?.(outcomes) ?? [])], failures, interrupted };
  } finally {
    remove();
  }
}

/** A folder for each case; the names of the profiles tell process and thread. */
function profilesOf(
  { name }: Case,
  { profile }: BenchOptions,
): { readonly profiles?: string | undefined } {
  if (profile === undefined) return {};
  const profiles = join(profile, name.replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase());
  mkdirSync(profiles, { recursive: true });
  return { profiles };
}

function partOf(results: ReadonlyMap<Case, CaseResult>, rounds: number): Part {
  const present = [...results].filter(([one]) => one.absent === undefined);
  const counts = present.map(([, result]) => ("message" in result ? 0 : result.length));
  const done = counts.reduce((sum, count) => sum + count, 0);
  const wanted = present.length * rounds;
  // A case that no round has ended of has no row.
  const fewest = Math.min(...counts.filter((count) => count > 0));
  const most = Math.max(...counts);
  const each = fewest === most ? `${most}` : `${fewest} to ${most}`;
  const rows = done === 0 ? "there are no rows" : `rows are of ${each} of ${rounds} rounds`;
  return { share: done / wanted, says: `after ${done} of ${wanted} rounds: ${rows}` };
}
