// Seeds of the Raft core's simulation on several threads. Whoever runs a seed, they are counted in their
// order, so the hash does not depend on the number of threads; nor does it when the run is cut short, for
// the seeds that were done up to the first gap.
import { Worker } from "node:worker_threads";
import { assert } from "@multiraft/runtime";
import { Coverage, type CoverageCounts, type RaftViolation, SliceHash } from "@multiraft/store/sim";
import type { RaftSeedDone, RaftShare } from "./raft-worker-entry.ts";

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

const ENTRY = new URL("./raft-worker-entry.js", import.meta.url);

export class RaftCampaign {
  readonly #options: RaftCampaignOptions;
  readonly #early = new Map<number, RaftSeedDone>();
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
    const { jobs } = this.#options;
    const shares = Array.from({ length: jobs }, (_, job) =>
      this.#runShare({ ...this.#options, job }, signal, onProgress),
    );
    await Promise.all(shares);
    assert(signal.aborted || this.#seeds === this.#options.seeds, "a thread left out seeds");
  }

  #runShare(
    share: RaftShare,
    signal: AbortSignal,
    onProgress: (report: RaftReport) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(ENTRY, { workerData: share });
      const stop = () => void worker.terminate();
      signal.addEventListener("abort", stop, { once: true });
      worker.on("message", (done: RaftSeedDone) => {
        this.#take(done);
        onProgress(this.report);
      });
      worker.on("error", reject);
      worker.on("exit", () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
    });
  }

  #take(done: RaftSeedDone): void {
    this.#early.set(done.place, done);
    for (let next = this.#early.get(this.#seeds); next !== undefined; ) {
      this.#early.delete(this.#seeds);
      this.#seeds += 1;
      this.#steps += next.steps;
      this.#hash.add(next.hash);
      this.#coverage.add(next.coverage);
      if (next.violation !== undefined) this.#violations.push(next.violation);
      next = this.#early.get(this.#seeds);
    }
  }
}
