// Replicas that have nothing to do: what a thousand of them cost, and ten thousand, awake and asleep.
import { type Case, caseOf, type Figure } from "../case.ts";
import type { SuiteOptions } from "../suite.ts";
import { idleReplicasRound } from "./idle-round.ts";

type Idle = { readonly replicas: number; readonly hibernates: boolean };

const SOME: readonly Idle[] = [
  { replicas: 1_000, hibernates: false },
  { replicas: 1_000, hibernates: true },
];
/** Ticks and heartbeats of ten thousand keep some three cores busy: with fewer they do not come to rest. */
const ALL: readonly Idle[] = [
  ...SOME,
  { replicas: 10_000, hibernates: true },
  { replicas: 10_000, hibernates: false },
];
const QUICK: readonly Idle[] = [
  { replicas: 30, hibernates: false },
  { replicas: 30, hibernates: true },
];
const THREADS = 2;
/** Five election timeouts: a pause in which nobody asks is longer. */
const HIBERNATE_AFTER_MS = 5_000;

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
  const some = isAll ? ALL : SOME;
  const engines = isAll ? (["memory", "lmdb"] as const) : (["memory"] as const);
  return engines.flatMap((engine) =>
    (isQuick ? QUICK : some).map(({ replicas, hibernates }) =>
      caseOf(idleReplicasRound, {
        name: `${replicas} idle replicas${hibernates ? " that hibernate" : ""}, ${engine}`,
        params: {
          replicas,
          hibernateAfterMs: hibernates ? HIBERNATE_AFTER_MS : 0,
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
