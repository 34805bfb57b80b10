// What is tried on more and more threads: mail, snapshots, keys and values.
import { availableParallelism } from "node:os";
import { PUTS, RECORD_BYTES } from "../../workload/ycsb/core-workloads.ts";
import { type Case, caseOf, type Figure } from "../case.ts";
import { kvRound } from "../kv/kv-round.ts";
import { savinaRound } from "../mailbox/savina/savina-round.ts";
import { refillRound } from "../snapshot/move-round.ts";
import type { SuiteOptions } from "../suite.ts";
import { threadCounts, threadsText } from "./thread-counts.ts";

export type Scaled = {
  readonly name: string;
  /** Of its own, so that outcomes tell to which work they belong. */
  readonly figure: Figure;
  readonly caseOn: (
    threads: number,
    isQuick: boolean,
    said: Pick<Case, "name" | "figures">,
  ) => Case;
};

const KiB = 1_024;
const MiB = 1_024 * KiB;
const SOME = { warmUps: 1, iterations: 3 };
const ONCE = { warmUps: 1, iterations: 1 };
const COLD = { warmUps: 0, iterations: 1 };
const STORES = 3;
const CLIENTS = 64;
const PUT_BYTES = 128;
const STREAMS = 32;

/** As in the suites mailbox, snapshot and kv. */
export const SCALED: readonly Scaled[] = [
  {
    name: "big",
    figure: rateIn("messages/s"),
    caseOn: (threads, isQuick, said) =>
      caseOf(savinaRound, {
        ...said,
        params: {
          program: "big",
          threads,
          placement: "striped",
          actors: 120,
          pings: isQuick ? 200 : 20_000,
        },
        repetitions: isQuick ? ONCE : SOME,
        roundSeconds: 15,
      }),
  },
  {
    name: "snapshots",
    figure: rateIn("MB/s"),
    caseOn: (threads, isQuick, said) =>
      caseOf(refillRound, {
        ...said,
        params: {
          engine: "memory",
          disk: "disk",
          valueBytes: KiB,
          userBytes: isQuick ? 2e6 : 64e6,
          regionBytes: isQuick ? 256 * KiB : 4 * MiB,
          streams: STREAMS,
          threads,
        },
        repetitions: isQuick ? COLD : ONCE,
        roundSeconds: 15,
      }),
  },
  clients("puts", PUTS.name, PUT_BYTES),
  clients("reads", "C", RECORD_BYTES),
];

function clients(name: string, workload: string, recordBytes: number): Scaled {
  return {
    name,
    figure: rateIn("operations/s"),
    caseOn: (threads, isQuick, said) =>
      caseOf(kvRound, {
        ...said,
        params: {
          by: "multiraft",
          stores: STORES,
          threads,
          records: isQuick ? 300 : 10_000,
          seconds: isQuick ? 0.3 : 3,
          workload,
          recordBytes,
          clients: CLIENTS,
          operationsPerSecond: 0,
        },
        repetitions: isQuick ? ONCE : SOME,
        roundSeconds: 15,
      }),
  };
}

export function scaledCases({ isQuick, threads }: SuiteOptions): readonly Case[] {
  const counts = [...new Set(threads ?? threadCounts(availableParallelism()))];
  return SCALED.flatMap(({ name, figure, caseOn }) =>
    counts.map((count) =>
      caseOn(count, isQuick, { name: `${name}, ${threadsText(count)}`, figures: [figure] }),
    ),
  );
}

function rateIn(unit: string): Figure {
  return { key: "rate", label: "", unit, better: "more" };
}
