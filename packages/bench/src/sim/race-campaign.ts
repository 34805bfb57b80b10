// The founding race on several threads: its parts know nothing of each other, so what comes out does not
// depend on how many threads there are.
import {
  type PartProgress,
  type PartResult,
  type RacePart,
  type RaceReport,
  raceParts,
  reportOf,
} from "@multiraft/store/sim";
import { makeProgress, readProgress } from "./race-progress.ts";
import type { RaceTask } from "./race-thread.ts";
import { runOnThreads } from "./seed-threads.ts";

const ENTRY = new URL("./race-thread.js", import.meta.url);
const LOOK_EVERY_MS = 100;

export type RaceCampaignOptions = {
  readonly crashes: number;
  readonly every: number;
  readonly jobs: number;
};

/** @returns Undefined when it was interrupted. */
export async function runRace(
  options: RaceCampaignOptions,
  signal: AbortSignal,
  onProgress: (progress: PartProgress) => void,
): Promise<RaceReport | undefined> {
  const parts = raceParts(options);
  const tasks = parts.map((part): RaceTask => ({ part, progress: makeProgress() }));
  const results: PartResult[] = [];
  const look = (): void => onProgress(sumOf(tasks));
  const looking = setInterval(look, LOOK_EVERY_MS);
  try {
    await runOnThreads<RaceTask, PartResult>({
      entry: ENTRY,
      jobs: Math.min(options.jobs, parts.length),
      tasks: tasks.values(),
      nameOf: ({ part }) => `race, part "${part.kind}"`,
      signal,
      take: (_, result) => {
        results.push(result);
        return true;
      },
    });
  } finally {
    clearInterval(looking);
  }
  return results.length === parts.length ? reportOf(options, results) : undefined;
}

function sumOf(tasks: readonly RaceTask[]): PartProgress {
  const all = tasks.reduce((sum, { part }) => sum + weightOf(part), 0);
  return tasks.reduce(
    (sum, { part, progress }) => {
      const { share, states, ends } = readProgress(progress);
      return {
        share: sum.share + (share * weightOf(part)) / all,
        states: sum.states + states,
        ends: sum.ends + ends,
      };
    },
    { share: 0, states: 0, ends: 0 },
  );
}

/** How long parts take, against each other and roughly: a sample is some hundred orders. */
function weightOf(part: RacePart): number {
  return part.kind === "without" ? 1 : 10 ** part.crashes * 10;
}
