// A cluster on real threads and a real disk under clients, while its regions split and move and its stores
// and threads end. At the end all replicas must be equal, nothing left over, and every history linearizable.
import { rmSync } from "node:fs";
import { checkHistory, History } from "@multiraft/store/sim";
import { TestCluster } from "@multiraft/store/testing";
import { contentsOf, differencesOf } from "../main-job/compare.ts";
import { PdHand } from "../main-job/pd-hand.ts";
import { Disturbances } from "./disturbances.ts";
import { HistoryClient } from "./history-client.ts";
import { leftOvers } from "./left-overs.ts";
import { loadBeside } from "./load-beside.ts";
import type { Counts, Phase, Round, StressPlace } from "./phase.ts";
import { StressKeys } from "./stress-keys.ts";

/** One more than a region has replicas: there is somewhere to move to from the start. */
const STORES = 4;
const CLIENTS = 8;
/** A history of a contended key is judged with all others of its time. */
const OPERATIONS_MAX = 60_000;
/** So that regions grow beyond it by themselves. */
const REGION_SIZE_BYTES = 120_000;
const READY_TIMEOUT_MS = 240_000;

export class ClusterPhase implements Phase {
  readonly name = "cluster";
  readonly about = "a cluster on disk: splits, moves, drains, kills and restarts, clients judged";
  readonly #place: StressPlace;
  #cluster: TestCluster | undefined;

  constructor(place: StressPlace) {
    this.#place = place;
  }

  async round(round: Round): Promise<Counts> {
    const { directory, threads, signal } = this.#place;
    const cluster = await TestCluster.start({
      dir: directory,
      engine: "lmdb",
      stores: STORES,
      threads,
      regionSizeBytes: REGION_SIZE_BYTES,
      tuning: { flushMs: 100, splitWaitMs: 300 },
    });
    this.#cluster = cluster;
    await cluster.cluster.ready({ signal, timeoutMs: READY_TIMEOUT_MS });
    const history = new History();
    const keys = new StressKeys();
    const deeds = new Disturbances(cluster, keys, round.random.fork("deeds"), signal);
    await this.#load(cluster, round, history, keys, deeds);
    await this.#comeToRest(cluster);
    await this.#readAll(cluster, round, history, keys);
    const regions = await this.#compare(cluster, round);
    for (const left of await leftOvers(cluster, directory, { isAtRest: true })) round.violate(left);
    judge(history, round);
    await this.close();
    const { length: operations } = history.operations;
    return { operations, disturbances: deeds.total, ...Object.fromEntries(deeds.counts), regions };
  }

  /** Each round has a cluster of its own. */
  async keptHeapBytes(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await cluster?.close();
    rmSync(this.#place.directory, { recursive: true, force: true });
  }

  async #load(
    cluster: TestCluster,
    round: Round,
    history: History,
    keys: StressKeys,
    deeds: Disturbances,
  ): Promise<void> {
    const { signal } = this.#place;
    const untilMs = performance.now() + round.loadMs;
    let isOver = false;
    const load = async (number: number): Promise<void> => {
      using client = cluster.cluster.client();
      const random = round.random.fork(`client ${number}`);
      const { violate } = round;
      const one = new HistoryClient({ number, client, history, keys, random, violate });
      while (!isOver && !signal.aborted && history.operations.length < OPERATIONS_MAX)
        await one.step();
    };
    const disturb = async () => {
      while (performance.now() < untilMs) {
        signal.throwIfAborted();
        const last = await deeds.one();
        const more = `${deeds.total} disturbances, last ${last}`;
        round.note(history.operations.length, "operations", more);
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, number) => () => load(number));
    await loadBeside(clients, disturb, () => {
      isOver = true;
    });
  }

  /** Every operator has ended, every region has its replicas, and nobody is behind. */
  async #comeToRest(cluster: TestCluster): Promise<void> {
    const { signal } = this.#place;
    await cluster.heal();
    await cluster.cluster.ready({ signal, timeoutMs: READY_TIMEOUT_MS });
    await new PdHand(cluster, signal).rest();
    await cluster.cluster.ready({ signal, timeoutMs: READY_TIMEOUT_MS });
  }

  async #readAll(
    cluster: TestCluster,
    { random, violate }: Round,
    history: History,
    keys: StressKeys,
  ): Promise<void> {
    const client = cluster.client;
    const one = new HistoryClient({ number: CLIENTS, client, history, keys, random, violate });
    for (const key of keys.all) {
      this.#place.signal.throwIfAborted();
      await one.act(key, { kind: "get" });
    }
  }

  async #compare(cluster: TestCluster, { violate }: Round): Promise<number> {
    const routes = await cluster.client.routes();
    for (const { region } of routes) {
      this.#place.signal.throwIfAborted();
      const contents = await contentsOf(cluster, region);
      for (const difference of differencesOf(region, contents)) violate(difference);
    }
    return routes.length;
  }
}

function judge(history: History, { violate }: Round): void {
  const { verdict, keys, undecidedKeys } = checkHistory(history.operations);
  if (verdict.kind === "violated") {
    const { operation, possible } = verdict;
    const { client, key, action, outcome } = operation;
    const [did, got, might] = [action, outcome, possible].map(shown);
    violate(
      `no order explains ${did} of ${key} by client ${client}: ${got}, but possible: ${might}`,
    );
  }
  if (undecidedKeys * 2 > keys)
    violate(`${undecidedKeys} of ${keys} histories could not be judged`);
}

/** Without the padding of values. */
function shown(thing: unknown): string {
  return (JSON.stringify(thing) ?? "nothing").replaceAll(/ v+/g, "");
}
