// Seeds of simulated clusters, one after the other or on several threads: as many as were asked for, or as
// fit into the time, until they are done or enough of them have failed.
import { CHAOS_STEPS, type Schedule, wholeSchedule } from "@multiraft/store/sim";
import { Progress } from "../report/progress.ts";
import type { ClusterSimOptions } from "./cluster-options.ts";
import { ClusterTally, violationText } from "./cluster-report.ts";
import type { ClusterSeedDone } from "./cluster-thread.ts";
import { readSchedule } from "./read-schedule.ts";
import { runOnThreads } from "./seed-threads.ts";
import type { SimContext } from "./sim-command.ts";

const ENTRY = new URL("./cluster-thread.js", import.meta.url);
/** Seeds are 32 bits wide. */
const SEEDS = 2 ** 32;
const MS_PER_MINUTE = 60_000;

export class ClusterCampaign {
  readonly tally: ClusterTally;
  readonly #options: ClusterSimOptions;
  readonly #schedule: Schedule | undefined;
  readonly #firstSeed: number;
  readonly #startedMs = performance.now();
  readonly #endMs: number;

  /** @throws UsageError when there is no schedule where one should be. */
  constructor(options: ClusterSimOptions) {
    this.#options = options;
    this.#schedule = options.schedule === undefined ? undefined : readSchedule(options.schedule);
    this.#firstSeed = options.firstSeed ?? Math.floor(Math.random() * SEEDS);
    const { minutes } = options;
    this.#endMs =
      minutes === undefined ? Number.POSITIVE_INFINITY : this.#startedMs + minutes * MS_PER_MINUTE;
    this.tally = new ClusterTally((schedule) => replayOf(schedule, options));
  }

  /** Ends when there is nothing more to run, or with the signal. */
  async run({ progress: output, signal }: SimContext): Promise<void> {
    const { minutes, seeds = 1, violationsMax } = this.#options;
    const progress = new Progress(output, "seeds", minutes === undefined ? seeds : 1);
    await runOnThreads<Schedule, ClusterSeedDone>({
      entry: ENTRY,
      jobs: Math.min(this.#options.jobs, this.#seedsMax),
      tasks: this.#schedules(),
      nameOf: ({ seed, profile }) => `seed ${seed}, profile ${profile}`,
      signal,
      take: (schedule, done) => {
        const violation = this.tally.add(schedule, done);
        if (violation !== undefined) progress.say(violationText(violation));
        progress.show(minutes === undefined ? this.tally.seeds : this.#shareOfTime, this.#note);
        return this.tally.violations < violationsMax;
      },
    });
    progress.end(this.#note);
  }

  /** The command that runs what is left of a campaign that ended early; undefined when nothing is. */
  get rest(): string | undefined {
    const left = this.#seedsMax - this.tally.seeds;
    const { profiles, steps } = this.#options;
    if (left === 0 || !Number.isFinite(left) || this.#schedule !== undefined) return undefined;
    const profile = profiles.length === 1 ? [`--profile ${profiles[0]}`] : [];
    const chaos = steps === CHAOS_STEPS ? [] : [`--steps ${steps}`];
    const seeds = [`--seed ${this.#seedAt(this.tally.seeds)}`, `--seeds ${left}`];
    return ["npm run sim -- cluster", ...seeds, ...profile, ...chaos].join(" ");
  }

  get #seedsMax(): number {
    const { seeds = Number.POSITIVE_INFINITY } = this.#options;
    return this.#schedule === undefined ? seeds : 1;
  }

  *#schedules(): Generator<Schedule> {
    const { profiles, steps } = this.#options;
    if (this.#schedule !== undefined) return yield this.#schedule;
    for (let n = 0; n < this.#seedsMax && performance.now() < this.#endMs; n += 1) {
      const seed = this.#seedAt(n);
      yield wholeSchedule(seed, profileOf(seed, profiles), steps);
    }
  }

  #seedAt(place: number): number {
    return (this.#firstSeed + place) % SEEDS;
  }

  get #shareOfTime(): number {
    return (performance.now() - this.#startedMs) / (this.#endMs - this.#startedMs);
  }

  get #note(): string {
    const { seeds, steps, violations } = this.tally;
    const perSecond = (steps / (performance.now() - this.#startedMs)) * 1_000;
    return `${seeds} seeds, ${perSecond.toFixed(0)} steps/s, ${violations} violations`;
  }
}

/** Of a seed, wherever a campaign begins: what was cut short can go on. */
function profileOf(seed: number, profiles: readonly string[]): string {
  const { length } = profiles;
  return profiles[(seed + length - 1) % length] ?? "calm";
}

function replayOf({ seed, profile, steps }: Schedule, { schedule }: ClusterSimOptions): string {
  if (schedule !== undefined) return `npm run sim -- cluster --schedule ${schedule}`;
  return `npm run sim -- cluster --seed ${seed} --profile ${profile} --steps ${steps}`;
}
