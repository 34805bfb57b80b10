// One store under one workload as a round: it is opened, records are loaded, and each repetition goes on
// with the workload for a while and then reads everything back.
import { assert, Sfc32 } from "@multiraft/runtime";
import { CORE_WORKLOADS, PUTS, type Workload } from "../../workload/ycsb/core-workloads.ts";
import { latencyFigures } from "../latency.ts";
import { defineRound, type Figures, type Measured } from "../round.ts";
import { closedLoop, type LoopResult } from "./closed-loop.ts";
import { startEmbedded } from "./embedded-target.ts";
import { startEtcd } from "./etcd-target.ts";
import type { KvTarget } from "./kv-target.ts";
import { type OpenLoopResult, openLoop } from "./open-loop.ts";
import { YcsbClient } from "./ycsb-client.ts";

export type KvParams = {
  readonly by: "multiraft" | "etcd";
  readonly workload: string;
  readonly stores: number;
  /** Actor threads; etcd has as many as it likes. */
  readonly threads: number;
  readonly records: number;
  readonly recordBytes: number;
  readonly clients: number;
  /** 0: each client begins the next operation when the last one has ended. */
  readonly operationsPerSecond: number;
  readonly seconds: number;
};

export const kvRound = defineRound<KvParams>({
  url: import.meta.url,
  name: "kvRound",
  open: async (params, { directory }) => {
    const target = await openTarget(params, directory);
    const client = new YcsbClient(target, params.recordBytes);
    await client.load(params.records);
    let seed = 0;
    return {
      iterate: async () => {
        seed += 1;
        client.begin(workloadOf(params.workload), seed);
        const measured = await measure(params, target, client, seed);
        const found = await client.verify();
        assert(found >= params.records, "records are missing");
        return measured;
      },
      close: () => target.close(),
    };
  },
});

async function openTarget(params: KvParams, directory: string): Promise<KvTarget> {
  const { by, stores, threads } = params;
  if (by === "multiraft") return startEmbedded({ directory, stores, threads });
  return startEtcd(directory, stores);
}

async function measure(
  params: KvParams,
  target: KvTarget,
  client: YcsbClient,
  seed: number,
): Promise<Measured> {
  const startedCpu = process.cpuUsage();
  const startedServerCpu = target.serverCpuSeconds();
  const { result, figures } = await run(params, client, seed);
  const { user, system } = process.cpuUsage(startedCpu);
  const clientCpuSeconds = (user + system) / 1e6;
  const serverCpuSeconds = target.serverCpuSeconds() - startedServerCpu;
  const operations = result.durationsMs.length;
  return {
    figures: {
      ...latencyFigures(result.durationsMs),
      ...figures,
      ...clientCost(params, clientCpuSeconds, operations),
    },
    operations,
    cpuSeconds: clientCpuSeconds + serverCpuSeconds,
  };
}

/** Ours has no process of its own that could be told apart from the clients'. */
function clientCost({ by }: KvParams, clientCpuSeconds: number, operations: number): Figures {
  return by === "etcd" ? { clientCpu: (clientCpuSeconds / operations) * 1e6 } : {};
}

type Run = { readonly result: LoopResult; readonly figures: Figures };

async function run(params: KvParams, client: YcsbClient, seed: number): Promise<Run> {
  const { clients, operationsPerSecond, seconds: durationSeconds } = params;
  const perform = async () => {
    const operation = client.nextOperation();
    await client.perform(operation);
    return operation.kind;
  };
  if (operationsPerSecond === 0) {
    const result = await closedLoop(clients, durationSeconds, perform);
    return { result, figures: { rate: result.durationsMs.length / result.seconds } };
  }
  const random = new Sfc32(seed, "arrivals");
  const load = { operationsPerSecond, durationSeconds, clients, random };
  const result = await openLoop(load, perform);
  return { result, figures: openFigures(result) };
}

/** Reads and writes apart, and whether the load was what it was meant to be. */
function openFigures({ durationsMsOf, latenessMs, shareOfLoad }: OpenLoopResult): Figures {
  const apart = [...durationsMsOf].flatMap(([kind, durationsMs]) =>
    Object.entries(latencyFigures(durationsMs)).map(([key, us]) => [`${kind} ${key}`, us] as const),
  );
  const { p99: lateness = 0 } = latencyFigures(latenessMs);
  return { ...Object.fromEntries(apart), lateness, shareOfLoad };
}

function workloadOf(name: string): Workload {
  const workload = [...CORE_WORKLOADS, PUTS].find((one) => one.name === name);
  assert(workload !== undefined, () => `no workload ${name}`);
  return workload;
}
