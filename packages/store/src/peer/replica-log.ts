// What the Raft core reads of a replica's durable log: its recent entries in memory, after a truncated
// prefix whose last term stays known. The shell adds to it when the log's notice says so, never before.
import { assert } from "@multiraft/runtime";
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type EntriesLookup,
  type Entry,
  entryBytes,
  type HardState,
  type LogIndex,
  limitEntries,
  type PeerId,
  type RaftStorage,
  type Snapshot,
  type Term,
  type TermLookup,
} from "../raft/index.ts";

export type LogPosition = { readonly index: LogIndex; readonly term: Term };

export class ReplicaLog implements RaftStorage {
  #hardState: HardState | null;
  #confState: ConfState;
  #base: LogPosition;
  #entries: Entry[];
  #bytes = 0;
  readonly #snapshotFor: (to: PeerId) => Snapshot | "temporarily-unavailable";

  constructor(start: {
    readonly hardState: HardState | null;
    readonly confState: ConfState;
    readonly base: LogPosition;
    readonly entries: readonly Entry[];
    readonly snapshotFor: (to: PeerId) => Snapshot | "temporarily-unavailable";
  }) {
    this.#hardState = start.hardState;
    this.#confState = start.confState;
    this.#base = start.base;
    this.#entries = [...start.entries];
    this.#bytes = start.entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    this.#snapshotFor = start.snapshotFor;
    assert(
      start.entries.every(({ index }, i) => index === start.base.index + 1 + i),
      "the recovered log has a gap",
    );
  }

  static empty(snapshotFor: (to: PeerId) => Snapshot | "temporarily-unavailable"): ReplicaLog {
    return new ReplicaLog({
      hardState: null,
      confState: EMPTY_CONF_STATE,
      base: { index: 0 as LogIndex, term: 0 as Term },
      entries: [],
      snapshotFor,
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  get base(): LogPosition {
    return this.#base;
  }

  get hardState(): HardState | null {
    return this.#hardState;
  }

  initialState(): { readonly hardState: HardState | null; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#confState };
  }

  firstIndex(): LogIndex {
    return (this.#base.index + 1) as LogIndex;
  }

  lastIndex(): LogIndex {
    return (this.#base.index + this.#entries.length) as LogIndex;
  }

  term(index: LogIndex): TermLookup {
    if (index < this.#base.index) return "compacted";
    if (index === this.#base.index) return this.#base.term;
    return this.#entries[index - this.#base.index - 1]?.term ?? "unavailable";
  }

  entries(low: LogIndex, high: LogIndex, bytesMax: number): EntriesLookup {
    if (low <= this.#base.index) return "compacted";
    if (high > this.lastIndex() + 1) return "unavailable";
    const from = low - this.#base.index - 1;
    return limitEntries(this.#entries.slice(from, from + high - low), bytesMax);
  }

  snapshot(to: PeerId): Snapshot | "temporarily-unavailable" {
    return this.#snapshotFor(to);
  }

  setHardState(hardState: HardState): void {
    const before = this.#hardState;
    assert(before === null || hardState.term >= before.term, "a durable term fell");
    this.#hardState = hardState;
  }

  /** A conflicting suffix is replaced. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const keep = first.index - this.#base.index - 1;
    assert(keep >= 0 && keep <= this.#entries.length, "an append leaves a gap in the log");
    for (const cut of this.#entries.splice(keep)) this.#bytes -= entryBytes(cut);
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += entryBytes(entry);
    }
  }

  restart(snapshot: Snapshot): void {
    this.#base = { index: snapshot.index, term: snapshot.term };
    this.#confState = snapshot.confState;
    this.#entries = [];
    this.#bytes = 0;
  }

  /** Drops entries up to `index`, which must be in the log. */
  truncate(index: LogIndex): void {
    const term = this.term(index);
    assert(typeof term === "number", "a truncation outside of the log");
    for (const gone of this.#entries.splice(0, index - this.#base.index))
      this.#bytes -= entryBytes(gone);
    this.#base = { index, term };
  }
}
