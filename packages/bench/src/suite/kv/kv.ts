// The kv suite: the core workloads of YCSB on an embedded cluster of three stores that sync every write,
// beside etcd with as many members on the same disk, and the same clients.
import { createRequire } from "node:module";
import { CORE_WORKLOADS, PUTS, RECORD_BYTES } from "../../workload/ycsb/core-workloads.ts";
import { type Case, caseOf, type Figure } from "../case.ts";
import { barsOf, cpuBars, percentilesOf } from "../charts.ts";
import { LATENCY_FIGURES, LATENCY_KEYS } from "../latency.ts";
import { moveRound, ONE_REGION_BYTES } from "../snapshot/move-round.ts";
import type { Suite, SuiteOptions } from "../suite.ts";
import { etcdFillRound } from "./etcd-fill-round.ts";
import { hasEtcd } from "./etcd-members.ts";
import { type KvParams, kvRound } from "./kv-round.ts";

type Sizes = {
  readonly records: number;
  readonly seconds: number;
  readonly clients: readonly number[];
  readonly fillBytes: number;
};

const QUICK: Sizes = { records: 300, seconds: 0.3, clients: [8], fillBytes: 4e6 };
const FULL: Sizes = { records: 10_000, seconds: 3, clients: [1, 16, 64, 256], fillBytes: 256e6 };

const STORES = 3;
const THREADS = 2;
/** Of the writes alone: small, as most benchmarks of etcd have them. */
const PUT_BYTES = 128;
/** Clients of the workloads; all numbers of clients are tried with few of them, with `--all` with each. */
const USUAL_CLIENTS = 64;
const SCALED = ["puts", "A", "C"];
/** Of the open loop: what both stores can do, with room. */
const OPERATIONS_PER_SECOND = [500, 2_000];
const OPEN_WORKLOADS = ["A", "B"];
const OPEN_CLIENTS = 256;
/** The rare slow ones want many operations. */
const OPEN_SECONDS = 8;

/** Of a round, loading included. */
const FILL_SECONDS = 30;

const RATE: Figure = { key: "rate", label: "", unit: "operations/s", better: "more" };
/** Of an open loop: a mixed percentile tells neither how long a read takes nor a write. */
const APART = ["read", "update"].flatMap((kind) =>
  ["p50", "p99"].map(
    (key): Figure => ({
      key: `${kind} ${key}`,
      label: `${kind}s ${key}`,
      unit: "us",
      better: "less",
    }),
  ),
);
/** Of an open loop: whether the load was the one that was meant. */
const LOAD: readonly Figure[] = [
  { key: "lateness", label: "begun late, p99", unit: "us", better: "less" },
  { key: "shareOfLoad", label: "of the load", unit: "of 1", better: "more" },
];
const OPEN_FIGURES = [...LATENCY_FIGURES, ...APART, ...LOAD];
const CLIENT_CPU: Figure = { key: "clientCpu", label: "client CPU", unit: "us", better: "less" };
/** From the order to add the replica until its data are installed, by the wall's clock, for both. */
const FILL_RATE: Figure = { key: "rate", label: "", unit: "MB/s", better: "more" };
/** Our own stages of the transfer alone: etcd tells nothing that could stand beside it. */
const FILL_STAGES: Figure = { key: "stages", label: "all stages", unit: "MB/s", better: "more" };
const START: Figure = { key: "start", label: "process start", unit: "ms", better: "less" };

export const kvSuite: Suite = {
  about: "YCSB's core workloads on three stores that sync every write, beside etcd.",
  threadCounts: "one",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: (options) => {
    const sizes = options.isQuick ? QUICK : FULL;
    return [
      ...throughputCases(sizes, options),
      ...latencyCases(sizes, options),
      ...fillCases(sizes, options),
    ];
  },
  charts: (outcomes) => [
    barsOf(
      outcomes.filter(({ figure }) => figure === RATE),
      {
        title: "Operations a second",
        says:
          "How many operations a second so many clients get done, each with one under way; every write is " +
          "on the disks of a majority of three when it is acknowledged. More is better. A to F are YCSB's " +
          "core workloads.",
        unit: RATE.unit,
      },
    ),
    percentilesOf(
      outcomes.filter(({ of }) => isOpen(of)),
      LATENCY_KEYS,
      {
        title: "How long an operation takes",
        says:
          "Operations are due at fixed times and timed from then, so that a pause shows in all that it kept " +
          "waiting. Lower is better; the right end are the rare slow ones.",
        unit: "us",
      },
    ),
    cpuBars(
      outcomes.filter(({ figure }) => figure === RATE),
      {
        title: "CPU time",
        says: "CPU time of clients and stores for a million operations. Less is better.",
      },
    ),
  ],
};

function throughputCases(sizes: Sizes, options: SuiteOptions): readonly Case[] {
  const workloads = [...CORE_WORKLOADS, PUTS];
  return workloads.flatMap(({ name }) => {
    const usual = sizes.clients.filter((clients) => clients === USUAL_CLIENTS);
    const some = usual.length > 0 ? usual : sizes.clients;
    const recordBytes = name === PUTS.name ? PUT_BYTES : RECORD_BYTES;
    const isScaled = options.isAll || SCALED.includes(name);
    return (isScaled ? sizes.clients : some).flatMap((clients) =>
      pair(`${name}, ${clients} clients`, [RATE], sizes, options, {
        workload: name,
        recordBytes,
        clients,
        operationsPerSecond: 0,
      }),
    );
  });
}

function latencyCases(sizes: Sizes, options: SuiteOptions): readonly Case[] {
  const rates = options.isQuick ? OPERATIONS_PER_SECOND.slice(0, 1) : OPERATIONS_PER_SECOND;
  const open = options.isQuick ? sizes : { ...sizes, seconds: OPEN_SECONDS };
  return OPEN_WORKLOADS.flatMap((workload) =>
    rates.flatMap((operationsPerSecond) =>
      pair(`${workload}, ${operationsPerSecond}/s`, OPEN_FIGURES, open, options, {
        workload,
        recordBytes: RECORD_BYTES,
        clients: OPEN_CLIENTS,
        operationsPerSecond,
      }),
    ),
  );
}

/** Ours, and etcd with the same work. */
function pair(
  name: string,
  figures: readonly Figure[],
  { records, seconds }: Sizes,
  { isQuick, threads }: SuiteOptions,
  work: Pick<KvParams, "workload" | "recordBytes" | "clients" | "operationsPerSecond">,
): readonly Case[] {
  const params = { stores: STORES, threads: threads?.[0] ?? THREADS, records, seconds, ...work };
  const isOnce = isQuick || work.operationsPerSecond > 0;
  const repetitions = { warmUps: 1, iterations: isOnce ? 1 : 2 };
  // After each the records are read back; before them they are loaded.
  const roundSeconds = 3 + (1 + repetitions.iterations) * (seconds + 0.5);
  const rival = `${name}, etcd`;
  return [
    caseOf(kvRound, {
      name,
      params: { by: "multiraft", ...params },
      figures,
      repetitions,
      roundSeconds,
      rivals: { etcd: rival },
    }),
    caseOf(kvRound, {
      name: rival,
      params: { by: "etcd", ...params },
      figures: [...figures, CLIENT_CPU],
      repetitions,
      roundSeconds: roundSeconds + 6,
      absent: absentEtcd(),
      isRival: true,
    }),
  ];
}

function fillCases({ fillBytes }: Sizes, { threads }: SuiteOptions): readonly Case[] {
  const name = "a new member filled by snapshot, 1 KiB values";
  const content = { valueBytes: 1_024, userBytes: fillBytes };
  const rival = `${name}, etcd`;
  const repetitions = { warmUps: 0, iterations: 1 };
  return [
    caseOf(moveRound, {
      name,
      params: {
        engine: "lmdb",
        disk: "disk",
        ...content,
        regionBytes: ONE_REGION_BYTES,
        streams: 1,
        threads: threads?.[0] ?? THREADS,
      },
      figures: [FILL_RATE, FILL_STAGES],
      repetitions,
      roundSeconds: FILL_SECONDS,
      rivals: { etcd: rival },
    }),
    caseOf(etcdFillRound, {
      name: rival,
      params: content,
      figures: [FILL_RATE, START],
      repetitions,
      roundSeconds: FILL_SECONDS,
      absent: absentEtcd(),
      isRival: true,
    }),
  ];
}

function isOpen({ params }: Case): boolean {
  return Number(params["operationsPerSecond"] ?? 0) > 0;
}

/** @returns Why etcd cannot be measured here; undefined when it can. */
function absentEtcd(): string | undefined {
  try {
    createRequire(import.meta.url).resolve("etcd3");
  } catch {
    return "etcd3, the client for etcd, is not installed";
  }
  return hasEtcd() ? undefined : "no etcd is on the PATH";
}
