/** What has happened in a run, counted. A world in which nothing happens proves nothing. */

export const COVERED = [
  "elections",
  "entries applied",
  "proposals taken",
  "proposals refused",
  "reads answered",
  "lease reads answered",
  "reads forwarded",
  "snapshots installed",
  "snapshots lost",
  "snapshots unavailable",
  "log compactions",
  "simple V1 changes",
  "simple V2 changes",
  "automatic joint changes",
  "implicit joint changes",
  "explicit joint changes",
  "joint states left",
  "learners added",
  "learners promoted",
  "voters demoted",
  "voters removed",
  "leaders removed",
  "transfers",
  "leaders forgotten",
  "crashes",
  "restarts",
  "crashes that lose writes",
  "applied again after a crash",
  "messages lost",
  "messages duplicated",
  "messages reordered",
  "links cut",
  "votes withheld",
  "votes ignored in a lease",
  "commits by a vote",
  "stale storage answers",
  "log tails replaced",
  "pre-votes",
  "quorums lost",
  "runs settled",
] as const;

export type Covered = (typeof COVERED)[number];
export type CoverageCounts = Readonly<Record<Covered, number>>;

export class Coverage {
  readonly #counts = new Map<Covered, number>(COVERED.map((name) => [name, 0]));

  count(name: Covered, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  add(counts: CoverageCounts): void {
    for (const name of COVERED) this.count(name, counts[name]);
  }

  get counts(): CoverageCounts {
    return Object.fromEntries(this.#counts) as CoverageCounts;
  }

  get missing(): readonly Covered[] {
    return COVERED.filter((name) => this.#counts.get(name) === 0);
  }
}
