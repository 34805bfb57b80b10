// A client beside snapshots as a round: the same load once while nothing moves and once while other regions
// stream between stores. Operations are due at fixed moments and timed from then.
import { assert, Sfc32 } from "@multiraft/runtime";
import { TestCluster } from "@multiraft/store/testing";
import { PdHand } from "../../main-job/pd-hand.ts";
import { CORE_WORKLOADS, PUTS, RECORD_BYTES } from "../../workload/ycsb/core-workloads.ts";
import { OperationStream } from "../../workload/ycsb/operation-stream.ts";
import { targetOf } from "../kv/embedded-target.ts";
import { openLoop } from "../kv/open-loop.ts";
import { YcsbClient } from "../kv/ycsb-client.ts";
import { latencyFigures } from "../latency.ts";
import { defineRound, type Figures, type Measured } from "../round.ts";
import { ONE_REGION_BYTES } from "./move-round.ts";
import { type MovingContent, MovingRegions } from "./moving-regions.ts";

export type BesideParams = MovingContent & {
  readonly engine: "lmdb" | "memory";
  readonly threads: number;
  /** What a store may send; 0: as fast as it goes. */
  readonly snapshotBytesPerSecond: number;
  /** A sync that takes so long slows snapshots down; 0: none does. */
  readonly slowSyncMs: number;
  readonly records: number;
  /** Of reads, and as many of writes. */
  readonly operationsPerSecond: number;
  readonly seconds: number;
};

const STORES = 3;
/** Of reads, and of writes: what is due beyond it waits, and its clock runs. */
const CLIENTS = 256;
/** The records are cut in three, each led by another store. */
const RECORD_CUTS = ["user06148914691236517205", "user12297829382473034410"];
/** Seldom enough to be no load itself. */
const POLL = { pollMs: 50, pollsMax: 2_400 };
/** Replicas that have moved are reported soon, so that the next move is not waited for. */
const HEARTBEAT_MS = 250;
const WARM_UP_SECONDS = 1;

export const besideRound = defineRound<BesideParams>({
  url: import.meta.url,
  name: "besideRound",
  open: async (params, { directory }) => {
    const cluster = await startCluster(params, directory);
    const pd = new PdHand(cluster, new AbortController().signal, POLL);
    const moving = new MovingRegions(cluster, pd, cluster.storeAt(0), params);
    const client = new YcsbClient(targetOf(cluster.cluster), RECORD_BYTES);
    await moving.cut();
    for (const key of RECORD_CUTS) await cluster.client.split(key);
    // From here on leaders and replicas move by hand alone.
    await cluster.askPd({ kind: "set-scheduling", isEnabled: false });
    for (const [place, key] of ["user", ...RECORD_CUTS].entries())
      await moving.lead(await cluster.regionOf(key), cluster.storeAt(place));
    await client.load(params.records);
    await moving.load();
    const third = cluster.storeAt(2);
    const fourth = await cluster.cluster.addStore();
    const foreground = new Foreground(client, params);
    const syncUs = async () => {
      const { stores } = await cluster.cluster.status({ replicas: false });
      return (stores[0]?.log?.syncMsP99 ?? 0) * 1_000;
    };
    return {
      iterate: async () => {
        await foreground.window(WARM_UP_SECONDS);
        const move = (isOver: () => boolean) => moving.move([third, fourth], isOver);
        const measured = await measure(foreground, params, move, syncUs);
        await moving.check();
        const found = await client.verify();
        assert(found === params.records, "records are missing");
        return measured;
      },
      close: () => cluster.close(),
    };
  },
});

async function startCluster(params: BesideParams, dir: string): Promise<TestCluster> {
  const { engine, threads, snapshotBytesPerSecond, slowSyncMs } = params;
  const cluster = await TestCluster.start({
    timing: "usual",
    dir,
    engine,
    stores: STORES,
    threads,
    regionSizeBytes: ONE_REGION_BYTES,
    tuning: { heartbeatMs: HEARTBEAT_MS, slowSyncMs },
    ...(snapshotBytesPerSecond === 0
      ? { snapshotPace: "full" }
      : { snapshotPace: "paced", snapshotBytesPerSecond }),
  });
  await cluster.cluster.ready();
  return cluster;
}

/** Reads and writes of one client, each at a rate of its own, so that neither hides behind the other. */
class Foreground {
  readonly #client: YcsbClient;
  readonly #params: BesideParams;
  #windows = 0;

  constructor(client: YcsbClient, params: BesideParams) {
    this.#client = client;
    this.#params = params;
  }

  async window(durationSeconds: number): Promise<Record<"reads" | "writes", Figures>> {
    this.#windows += 1;
    const [reads, writes] = await Promise.all([
      this.#loop("C", durationSeconds),
      this.#loop(PUTS.name, durationSeconds),
    ]);
    return { reads, writes };
  }

  async #loop(name: string, durationSeconds: number): Promise<Figures> {
    const workload = [...CORE_WORKLOADS, PUTS].find((one) => one.name === name);
    assert(workload !== undefined, () => `no workload ${name}`);
    const { records, operationsPerSecond } = this.#params;
    const stream = new OperationStream(workload, records, this.#windows);
    const random = new Sfc32(this.#windows, `arrivals-${name}`);
    const loop = { operationsPerSecond, durationSeconds, clients: CLIENTS, random };
    const { durationsMs } = await openLoop(loop, async () => {
      await this.#client.perform(stream.next());
      return name;
    });
    return latencyFigures(durationsMs);
  }
}

type Move = (isOver: () => boolean) => ReturnType<MovingRegions["move"]>;

async function measure(
  foreground: Foreground,
  { seconds, operationsPerSecond, snapshotBytesPerSecond }: BesideParams,
  move: Move,
  syncUs: () => Promise<number>,
): Promise<Measured> {
  const quiet = await foreground.window(seconds);
  const quietSyncUs = await syncUs();
  const startedCpu = process.cpuUsage();
  let isOver = false;
  const moving = move(() => isOver);
  const beside = await foreground.window(seconds).finally(() => {
    isOver = true;
  });
  const { user, system } = process.cpuUsage(startedCpu);
  const besideSyncUs = await syncUs();
  const { streamBytes, seconds: movedSeconds } = await moving;
  const bytesPerSecond = streamBytes / movedSeconds;
  return {
    figures: {
      ...named("reads", beside.reads, quiet.reads),
      ...named("writes", beside.writes, quiet.writes),
      "syncs p99": besideSyncUs,
      "quiet syncs p99": quietSyncUs,
      streamed: bytesPerSecond / 1e6,
      ...(snapshotBytesPerSecond === 0
        ? {}
        : { "streamed of cap": bytesPerSecond / snapshotBytesPerSecond }),
    },
    operations: 2 * operationsPerSecond * seconds,
    cpuSeconds: (user + system) / 1e6,
  };
}

function named(kind: string, beside: Figures, quiet: Figures): Figures {
  const [p99 = 0, quietP99 = 1] = [beside["p99"], quiet["p99"]];
  return {
    ...Object.fromEntries(Object.entries(beside).map(([key, us]) => [`${kind} ${key}`, us])),
    [`quiet ${kind} p99`]: quietP99,
    [`${kind} over quiet`]: p99 / quietP99,
  };
}
