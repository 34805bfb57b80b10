// Replicas that have nothing to do: what a thousand of them cost, and ten thousand.
import { type Case, caseOf, type Figure } from "../case.ts";
import type { SuiteOptions } from "../suite.ts";
import { idleReplicasRound } from "./idle-round.ts";

const REPLICAS = [1_000];
/** Ticks and heartbeats of so many keep some three cores busy: with fewer they do not come to rest. */
const ALL_REPLICAS = [1_000, 10_000];
const QUICK_REPLICAS = [30];
const THREADS = 2;

export const IDLE_FIGURES: readonly Figure[] = [
  { key: "cpu", label: "CPU", unit: "% of a core", better: "less" },
  { key: "rss", label: "memory", unit: "MiB", better: "less" },
  { key: "each", label: "memory each", unit: "KiB", better: "less" },
  { key: "descriptors", label: "descriptors", unit: "files", better: "less" },
  { key: "bringUp", label: "brought up in", unit: "s", better: "less" },
  { key: "stopped", label: "a store stopped in", unit: "s", better: "less" },
  { key: "failoverFirst", label: "first write after a store stopped", unit: "s", better: "less" },
  { key: "failover", label: "last write after a store stopped", unit: "s", better: "less" },
];

/** `--all`: ten thousand, and on disk too. Of several numbers of threads the most: none of them has much to do. */
export function idleCases({ isQuick, isAll, threads }: SuiteOptions): readonly Case[] {
  const some = isAll ? ALL_REPLICAS : REPLICAS;
  const engines = isAll ? (["memory", "lmdb"] as const) : (["memory"] as const);
  return engines.flatMap((engine) =>
    (isQuick ? QUICK_REPLICAS : some).map((replicas) =>
      caseOf(idleReplicasRound, {
        name: `${replicas} idle replicas, ${engine}`,
        params: {
          replicas,
          engine,
          threads: threads === undefined ? THREADS : Math.max(...threads),
          windowSeconds: isQuick ? 1 : 10,
        },
        figures: IDLE_FIGURES,
        repetitions: { warmUps: 0, iterations: 1 },
        roundSeconds: replicas > 1_000 ? 300 : 45,
      }),
    ),
  );
}
