/**
 * A storage in memory, for tests and as a model for the owner's own: a contiguous run of entries
 * after a compacted prefix or snapshot, whose last term stays known. Writing is the owner's part:
 * it calls these methods when a Ready is durable.
 */
import { assert } from "./assert.ts";
import { type ConfState, EMPTY_CONF_STATE } from "./conf-state.ts";
import { type Entry, firstEntry, limitEntries } from "./entry.ts";
import { type LogIndex, NO_INDEX, NO_TERM, type PeerId, plus, type Term } from "./ids.ts";
import type { EntriesLookup, HardState, RaftStorage, Snapshot, TermLookup } from "./storage.ts";

export class MemoryStorage implements RaftStorage {
  #hardState: HardState | null = null;
  #snapshot: Snapshot = {
    data: null,
    index: NO_INDEX,
    term: NO_TERM,
    confState: EMPTY_CONF_STATE,
  };
  /** The last place that is known without its entry. */
  #base: { readonly index: LogIndex; readonly term: Term } = { index: NO_INDEX, term: NO_TERM };
  #entries: Entry[] = [];

  initialState(): { readonly hardState: HardState | null; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#snapshot.confState };
  }

  firstIndex(): LogIndex {
    return plus(this.#base.index, 1);
  }

  lastIndex(): LogIndex {
    return plus(this.#base.index, this.#entries.length);
  }

  term(index: LogIndex): TermLookup {
    if (index < this.#base.index) return "compacted";
    if (index === this.#base.index) return this.#base.term;
    return this.#entries[index - this.#base.index - 1]?.term ?? "unavailable";
  }

  entries(low: LogIndex, high: LogIndex, bytesMax: number): EntriesLookup {
    if (low <= this.#base.index) return "compacted";
    if (high > this.lastIndex() + 1) return "unavailable";
    const from = low - this.firstIndex();
    return limitEntries(this.#entries.slice(from, from + high - low), bytesMax);
  }

  snapshot(_to: PeerId): Snapshot | "temporarily-unavailable" {
    return this.#snapshot;
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /**
   * What it replaces of the log is of an older term; what lies below the first index is known
   * already.
   */
  append(entries: readonly Entry[]): void {
    const news = entries.filter(({ index }) => index > this.#base.index);
    if (news.length === 0) return;
    const from = firstEntry(news).index;
    assert(from <= this.lastIndex() + 1, "an append leaves a gap in the storage");
    this.#entries.length = from - this.firstIndex();
    for (const entry of news) this.#entries.push(entry);
  }

  /**
   * Replaces the log. @returns false, and changes nothing, for one that is not newer than the last.
   */
  applySnapshot(snapshot: Snapshot): boolean {
    if (this.#snapshot.index > 0 && snapshot.index <= this.#snapshot.index) return false;
    this.#snapshot = snapshot;
    this.#base = { index: snapshot.index, term: snapshot.term };
    this.#entries = [];
    return true;
  }

  /** Offers `snapshot` from now on; the log stays as it is. */
  keepSnapshot(snapshot: Snapshot): void {
    assert(snapshot.index >= this.#snapshot.index, "a kept snapshot is older than the last");
    this.#snapshot = snapshot;
  }

  /** Drops entries up to `index`. @returns false if they are gone already. */
  compact(index: LogIndex): boolean {
    if (index <= this.#base.index) return false;
    const term = this.term(index);
    assert(typeof term === "number", "a compaction reaches beyond the log");
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = { index, term };
    return true;
  }
}
