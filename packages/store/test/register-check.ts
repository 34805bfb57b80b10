// Whether a history of one register, whose written values are all different, is linearizable. Such a
// history falls into clusters, one a value: its write and the reads that saw it. It is linearizable
// exactly when no read ends before its write begins, and the clusters, each as the span from its earliest
// end to its latest start, can be put in a row (Gibbons and Korach, 1997).

export type RegisterOperation = {
  readonly kind: "read" | "write";
  /** Undefined: what was there before the first write. */
  readonly value: string | undefined;
  readonly start: number;
  /** Infinite for a write of which nobody knows what became of it. */
  readonly end: number;
};

type Cluster = {
  readonly value: string | undefined;
  readonly writeStart: number;
  /** When the first of its operations ended: it has taken effect by then. */
  firstEnd: number;
  /** When the last of them began: its value was still there then. */
  lastStart: number;
};

export function checkRegister(history: readonly RegisterOperation[]): string {
  const clusters = new Map<string | undefined, Cluster>();
  clusters.set(undefined, { value: undefined, writeStart: 0, firstEnd: 0, lastStart: 0 });
  for (const { kind, value, start, end } of history)
    if (kind === "write")
      clusters.set(value, { value, writeStart: start, firstEnd: end, lastStart: start });
  for (const { kind, value, start, end } of history) {
    if (kind === "write") continue;
    const cluster = clusters.get(value);
    if (cluster === undefined) return `${value} was read and never written`;
    if (end < cluster.writeStart) return `${value} was read before it was written`;
    cluster.firstEnd = Math.min(cluster.firstEnd, end);
    cluster.lastStart = Math.max(cluster.lastStart, start);
  }
  return conflictIn([...clusters.values()]) ?? "linearizable";
}

/**
 * A must come before B where an operation of A ended before one of B began. Both at once cannot be.
 */
function conflictIn(clusters: readonly Cluster[]): string | undefined {
  for (const [at, a] of clusters.entries())
    for (const b of clusters.slice(at + 1))
      if (a.firstEnd < b.lastStart && b.firstEnd < a.lastStart)
        return `${a.value} and ${b.value} each came before the other`;
  return undefined;
}
