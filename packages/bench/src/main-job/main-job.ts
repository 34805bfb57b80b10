// The main job: five steps, each in a file of its own. This file puts them in order and gathers what
// they found; whether all of it held is said by the report alone.
import type { ClusterOptions } from "@multiraft/store";
import { TestCluster } from "@multiraft/store/testing";
import { type MachineLimits, measureLimits } from "../limit/machine-limits.ts";
import { Progress, type ProgressOutput } from "../report/progress.ts";
import { ENTRIES_PER_PLACE, loadPlaces, type Place } from "../workload/places.ts";
import { compareReplicas } from "./compare.ts";
import { Foreground } from "./foreground.ts";
import { loadEntries } from "./load.ts";
import { dropsOf } from "./mail-report.ts";
import type { MainJobOptions } from "./options.ts";
import { PLACES, playRace } from "./race.ts";
import { readBack } from "./read-back.ts";
import { Refill, type RefillGoal } from "./refill.ts";
import type { MainJobReport, RacePlay } from "./report.ts";
import { SnapshotMeter } from "./snapshot-meter.ts";

/** So that all records make a few dozen regions, and fewer records still make a dozen. */
const REGION_SIZE_BYTES = { min: 64 * 1024, max: 2 * 1024 * 1024 };
const REGIONS_WANTED = 16;
/** Of a place, all three entries. */
const PLACE_BYTES = 420;
/** Held against fewer bytes, the pace of paced snapshots would be measured, not ours. */
const PACE = "full";

type Amounts = {
  readonly samples: number;
  readonly refill: RefillGoal;
  readonly limitBytes: number;
  readonly splitWaitMs: number;
};

const FULL: Amounts = {
  samples: 1_000,
  refill: { userBytes: 200e6, streamingMs: 5_000, fillings: 2 },
  limitBytes: 64 * 1024 * 1024,
  splitWaitMs: 1_500,
};
const QUICK: Amounts = {
  samples: 100,
  refill: { userBytes: 1, streamingMs: 1, fillings: 2 },
  limitBytes: 16 * 1024 * 1024,
  splitWaitMs: 300,
};

export type JobOutput = {
  /** Progress, redrawn where that is possible. */
  readonly progress: ProgressOutput;
  /** A line for people. */
  readonly say: (line: string) => void;
};

export class MainJob {
  readonly #options: MainJobOptions;
  readonly #amounts: Amounts;
  readonly #directory: string;
  readonly #output: JobOutput;
  readonly #signal: AbortSignal;

  constructor(options: MainJobOptions, directory: string, output: JobOutput, signal: AbortSignal) {
    this.#options = options;
    this.#amounts = options.isQuick ? QUICK : FULL;
    this.#directory = directory;
    this.#output = output;
    this.#signal = signal;
  }

  /** Rejects with the signal's reason once it is aborted; nothing is open then. */
  async run(): Promise<MainJobReport> {
    const { say } = this.#output;
    const limits = measureLimits(this.#directory, this.#amounts.limitBytes);
    const places = loadPlaces(this.#options.records);
    this.#signal.throwIfAborted();
    const { stores, threads, engine } = this.#options;
    say(`${stores} stores on ${threads} threads, tablets in ${engine}, data in ${this.#directory}`);
    const cluster = await TestCluster.start(this.#clusterOptions());
    const steps = this.#steps(cluster, places, limits);
    try {
      return await Promise.race([steps, aborted(this.#signal)]);
    } finally {
      // Steps that go on when the job was interrupted find everything closed, and are of no interest.
      steps.catch(() => undefined);
      await cluster.close();
    }
  }

  #clusterOptions(): ClusterOptions {
    const { stores, threads, engine, records } = this.#options;
    const { min, max } = REGION_SIZE_BYTES;
    const regionSizeBytes = Math.round((records * PLACE_BYTES) / REGIONS_WANTED);
    return {
      dir: this.#directory,
      stores,
      threads,
      engine,
      regionSizeBytes: Math.min(max, Math.max(min, regionSizeBytes)),
      snapshotPace: PACE,
      tuning: { splitWaitMs: this.#amounts.splitWaitMs },
    };
  }

  async #steps(
    cluster: TestCluster,
    places: readonly Place[],
    limits: MachineLimits,
  ): Promise<MainJobReport> {
    const { seed } = this.#options;
    await this.#load(cluster, places);
    const foreground = new Foreground(cluster.cluster.client(), places, seed);
    const { latency, snapshots } = await this.#refill(cluster, foreground);
    const plays = await this.#race(cluster);
    this.#output.say("4. everything is read back, and every replica compared");
    const read = await readBack(
      cluster.client,
      places,
      foreground.shadow,
      this.#progress("read", places.length * ENTRIES_PER_PLACE),
      this.#signal,
    );
    const compared = await compareReplicas(
      cluster,
      this.#progress("compare", (await cluster.client.routes()).length),
      this.#signal,
    );
    for (const difference of compared.differences) this.#output.say(difference);
    const status = await cluster.cluster.status({ replicas: false });
    const { sent, delivered, dropped, inFlight } = status.mail;
    return {
      records: places.length,
      entries: places.length * ENTRIES_PER_PLACE,
      entriesReadBack: read.right,
      lostWrites: read.lost,
      strangeKeys: read.strange,
      wrongReads: foreground.wrongReads,
      regions: compared.regions,
      replicasCompared: compared.replicas,
      replicasEqual: compared.differences.length === 0,
      snapshots,
      mail: { sent, delivered, dropped: sum(Object.values(dropped)), inFlight },
      drops: dropsOf(status),
      race: { crashed: plays.some(({ outcome }) => outcome === "crashed"), plays },
      latency,
      limits,
    };
  }

  async #load(cluster: TestCluster, places: readonly Place[]): Promise<void> {
    this.#output.say(`1. ${places.length.toLocaleString("en")} records, two index entries each`);
    await cluster.cluster.ready({ signal: this.#signal });
    const progress = this.#progress("load", places.length * ENTRIES_PER_PLACE);
    await loadEntries(cluster.client, places, progress, this.#signal);
    await cluster.cluster.ready({ signal: this.#signal });
    const { length } = await cluster.client.routes();
    this.#output.say(`   ${length} regions, each on 3 stores`);
  }

  async #refill(
    cluster: TestCluster,
    foreground: Foreground,
  ): Promise<Pick<MainJobReport, "latency" | "snapshots">> {
    const { samples, refill } = this.#amounts;
    this.#output.say("2. a client reads and writes; a store is added, drained, and filled again");
    const quietProgress = this.#progress("quiet", samples);
    const quiet = await foreground.window((count) => {
      quietProgress.show(count, "reads and writes, nothing moves");
      return count >= samples;
    }, this.#signal);
    quietProgress.end("reads and writes, nothing moves");
    const meter = await SnapshotMeter.start(cluster);
    let isRefilled = false;
    const filling = new Refill(cluster, meter, refill, this.#progress("stream", 1), this.#signal)
      .run()
      .finally(() => {
        isRefilled = true;
      });
    const window = foreground.window((count) => isRefilled && count >= samples, this.#signal);
    const [streaming] = await settledAll([window, filling] as const);
    return { latency: { quiet, streaming }, snapshots: meter.report(PACE) };
  }

  async #race(cluster: TestCluster): Promise<readonly RacePlay[]> {
    const plays: RacePlay[] = [];
    const { say } = this.#output;
    say("3. the founding race, on real threads");
    for (const [i, heldAt] of PLACES.entries()) {
      say(`   play ${i + 1} of ${PLACES.length}: the snapshot is held in the ${heldAt}`);
      const options = {
        directory: this.#directory,
        signal: this.#signal,
        say: (step: string) => say(`     ${step}`),
      };
      plays.push(await playRace(cluster, heldAt, options));
    }
    return plays;
  }

  #progress(what: string, total: number): Progress {
    return new Progress(this.#output.progress, what, total);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = () => reject(signal.reason);
    if (signal.aborted) tell();
    signal.addEventListener("abort", tell, { once: true });
  });
}

/** All end before the first failure is thrown: nothing goes on behind the caller's back. */
async function settledAll<A, B>([a, b]: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
