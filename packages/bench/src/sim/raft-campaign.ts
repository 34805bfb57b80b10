// Seeds of the Raft core's simulation, counted in their order.
import { assert } from "@multiraft/runtime";
import { Coverage, type CoverageCounts, type RaftViolation, SliceHash } from "@multiraft/store/sim";
import type { RaftSeedDone, RaftTask } from "./raft-thread.ts";
import { runOnThreads } from "./seed-threads.ts";

export type RaftReport = {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly RaftViolation[];
  readonly hash: string;
};

export type RaftCampaignOptions = {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly jobs: number;
};

const ENTRY = new URL("./raft-thread.js", import.meta.url);

export class RaftCampaign {
  readonly #options: RaftCampaignOptions;
  readonly #hash = new SliceHash();
  readonly #coverage = new Coverage();
  readonly #violations: RaftViolation[] = [];
  #seeds = 0;
  #steps = 0;

  constructor(options: RaftCampaignOptions) {
    this.#options = options;
  }

  get report(): RaftReport {
    const seeds = this.#seeds;
    return { seeds, steps: this.#steps, violations: this.#violations, hash: this.#hash.value };
  }

  get coverage(): CoverageCounts {
    return this.#coverage.counts;
  }

  /** Ends when all seeds are done, or with the signal. */
  async run(signal: AbortSignal, onProgress: (report: RaftReport) => void): Promise<void> {
    const { seeds } = this.#options;
    await runOnThreads<RaftTask, RaftSeedDone>({
      entry: ENTRY,
      jobs: Math.min(this.#options.jobs, seeds),
      tasks: this.#tasks(),
      nameOf: ({ seed }) => `seed ${seed}`,
      signal,
      take: (_task, done) => {
        this.#take(done);
        onProgress(this.report);
        return true;
      },
    });
    assert(signal.aborted || this.#seeds === seeds, "a thread left out seeds");
  }

  *#tasks(): Generator<RaftTask> {
    const { firstSeed, seeds, steps } = this.#options;
    for (let place = 0; place < seeds; place += 1) yield { seed: firstSeed + place, steps };
  }

  #take(done: RaftSeedDone): void {
    this.#seeds += 1;
    this.#steps += done.steps;
    this.#hash.add(done.hash);
    this.#coverage.add(done.coverage);
    if (done.violation !== undefined) this.#violations.push(done.violation);
  }
}
