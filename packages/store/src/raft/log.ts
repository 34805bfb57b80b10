/**
 * The replicated log as one sequence: a durable part in the storage and an unstable tail in memory.
 * Invariants: `applied <= applying <= committed <= lastIndex`; a committed entry is never
 * truncated; the commit index never falls; what lies at or above `unstable.offset` is never read
 * from the storage, whose tail may be of an older term.
 */
import { ApplyWindow } from "./apply-window.ts";
import { assert } from "./assert.ts";
import {
  type Entry,
  firstEntry,
  lastEntry,
  limitEntries,
  NO_ENTRIES,
  sumEntryBytes,
} from "./entry.ts";
import { type LogIndex, minIndex, NO_INDEX, NO_TERM, type PeerId, plus, type Term } from "./ids.ts";
import type { Place } from "./message.ts";
import type { EntriesLookup, RaftStorage, Snapshot, TermLookup } from "./storage.ts";
import type { TraceSink } from "./trace.ts";
import { Unstable } from "./unstable.ts";

export class RaftLog {
  readonly storage: RaftStorage;
  readonly unstable: Unstable;
  readonly applyWindow: ApplyWindow;
  committed: LogIndex;
  readonly #trace: TraceSink | undefined;

  constructor(storage: RaftStorage, applyingBytesMax: number, trace: TraceSink | undefined) {
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    assert(first >= 1 && last >= first - 1, "the storage's indexes are not a log");
    this.storage = storage;
    this.unstable = new Unstable(plus(last, 1), trace);
    this.committed = plus(first, -1);
    this.applyWindow = new ApplyWindow(this.committed, applyingBytesMax);
    this.#trace = trace;
  }

  get applied(): LogIndex {
    return this.applyWindow.applied;
  }

  firstIndex(): LogIndex {
    return this.unstable.firstIndex() ?? this.storage.firstIndex();
  }

  lastIndex(): LogIndex {
    return this.unstable.lastIndex() ?? this.storage.lastIndex();
  }

  lastTerm(): Term {
    const term = this.term(this.lastIndex());
    assert(typeof term === "number", "the term of the last entry is unknown");
    return term;
  }

  lastId(): Place {
    return { index: this.lastIndex(), term: this.lastTerm() };
  }

  /** The unstable part is asked first: in most cases that spares the storage. */
  term(index: LogIndex): TermLookup {
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex()) return "compacted";
    if (index > this.lastIndex()) return "unavailable";
    return this.storage.term(index);
  }

  /** 0 where the term is not known: no entry has it. */
  termOrZero(index: LogIndex): Term {
    const term = this.term(index);
    return typeof term === "number" ? term : NO_TERM;
  }

  matches(index: LogIndex, term: Term): boolean {
    return this.term(index) === term;
  }

  /** Whether a log that ends at `(index, term)` is at least as complete as this one (§5.4.1). */
  isUpToDate(index: LogIndex, term: Term): boolean {
    const ownTerm = this.lastTerm();
    return term > ownTerm || (term === ownTerm && index >= this.lastIndex());
  }

  /**
   * Takes in the entries after `previous` if the log has that place, and returns the last index the
   * two logs then share. A stale or short append never truncates what matches (Raft paper §5.3).
   */
  tryAppend(
    previous: Place,
    entries: readonly Entry[],
    leaderCommit: LogIndex,
  ): LogIndex | undefined {
    if (!this.matches(previous.index, previous.term)) return undefined;
    const conflict = this.#findConflict(entries);
    if (conflict !== undefined) {
      assert(conflict > this.committed, () => `entry ${conflict} conflicts with a committed entry`);
      const known = conflict - previous.index - 1;
      this.append(known === 0 ? entries : entries.slice(known));
    }
    const lastShared = plus(previous.index, entries.length);
    this.commitTo(minIndex(leaderCommit, lastShared));
    return lastShared;
  }

  /** Index of the first entry that is missing here or has another term. */
  #findConflict(entries: readonly Entry[]): LogIndex | undefined {
    for (const { index, term } of entries) {
      if (this.matches(index, term)) continue;
      if (index <= this.lastIndex()) {
        const ownTerm = this.termOrZero(index);
        this.#trace?.({ kind: "conflict-found", index, ownTerm, conflictingTerm: term });
      }
      return index;
    }
    return undefined;
  }

  /**
   * The highest place at or below `index` where this log's term is not above `term`: everything
   * between is of a term the other log cannot have there. An unknown term ends the search with term
   * 0.
   */
  findConflictByTerm(index: LogIndex, term: Term): Place {
    for (let at = index; at > 0; at = plus(at, -1)) {
      const own = this.term(at);
      if (typeof own !== "number") return { index: at, term: NO_TERM };
      if (own <= term) return { index: at, term: own };
    }
    return { index: NO_INDEX, term: NO_TERM };
  }

  append(entries: readonly Entry[]): LogIndex {
    if (entries.length > 0) {
      assert(firstEntry(entries).index > this.committed, "an append replaces a committed entry");
      this.unstable.truncateAndAppend(entries);
    }
    return this.lastIndex();
  }

  commitTo(index: LogIndex): void {
    if (index <= this.committed) return;
    assert(index <= this.lastIndex(), () => `commit index ${index} is beyond the log`);
    this.committed = index;
  }

  /** Counting acknowledgements commits entries of the current term alone (Raft paper §5.4.2). */
  tryCommit(index: LogIndex, term: Term): boolean {
    if (index <= this.committed || term === NO_TERM || !this.matches(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  appliedTo(index: LogIndex, bytes: number): void {
    assert(index <= this.committed, () => `applied ${index} ran ahead of commit ${this.committed}`);
    this.applyWindow.acknowledge(index, bytes);
  }

  /** A snapshot that was received and is not durable yet is the best there is. */
  snapshotFor(to: PeerId): Snapshot | "temporarily-unavailable" {
    return this.unstable.snapshot ?? this.storage.snapshot(to);
  }

  restore(snapshot: Snapshot): void {
    this.#trace?.({ kind: "restore-started", log: this, snapshot });
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  /**
   * Committed entries that may be applied but are not durable here are held back, unless allowed.
   */
  #appliableIndex(allowUnstable: boolean): LogIndex {
    return allowUnstable
      ? this.committed
      : minIndex(this.committed, plus(this.unstable.offset, -1));
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.applyWindow.isPaused || this.unstable.snapshot !== null) return false;
    return this.applyWindow.applying < this.#appliableIndex(allowUnstable);
  }

  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return NO_ENTRIES;
    const low = plus(this.applyWindow.applying, 1);
    const high = plus(this.#appliableIndex(allowUnstable), 1);
    const bytesMax = this.applyWindow.remainingBytes;
    assert(bytesMax > 0, "the apply window is exhausted but not paused");
    const entries = this.slice(low, high, bytesMax);
    assert(typeof entries !== "string", "committed entries left the log before they were applied");
    return entries;
  }

  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = lastEntry(entries).index;
    assert(last <= this.committed, "an uncommitted entry was handed out to be applied");
    this.applyWindow.accept(last, sumEntryBytes(entries), this.#appliableIndex(allowUnstable));
  }

  entriesFrom(low: LogIndex, bytesMax: number): EntriesLookup {
    const last = this.lastIndex();
    return low > last ? NO_ENTRIES : this.slice(low, plus(last, 1), bytesMax);
  }

  /** Entries of `[low, high)` within `bytesMax`, but at least one. */
  slice(low: LogIndex, high: LogIndex, bytesMax: number): EntriesLookup {
    assert(low <= high, "a log slice ends before it starts");
    if (low < this.firstIndex()) return "compacted";
    assert(high <= this.lastIndex() + 1, "a log slice reaches beyond the log");
    if (low === high) return NO_ENTRIES;
    const offset = this.unstable.offset;
    if (low >= offset) return limitEntries(this.unstable.slice(low, high), bytesMax);
    const cut = minIndex(high, offset);
    const stable = this.storage.entries(low, cut, bytesMax);
    assert(stable !== "unavailable", "the storage lacks entries of its own range");
    if (stable === "compacted" || high <= offset || stable.length < cut - low) return stable;
    return this.#joinUnstable(stable, high, bytesMax);
  }

  #joinUnstable(stable: readonly Entry[], high: LogIndex, bytesMax: number): readonly Entry[] {
    const remaining = bytesMax - sumEntryBytes(stable);
    const unstable = limitEntries(this.unstable.slice(this.unstable.offset, high), remaining);
    // The promise of at least one entry is already kept by the stable part.
    if (sumEntryBytes(unstable) > remaining) return stable;
    return [...stable, ...unstable];
  }

  /**
   * Whether an entry of `[low, high)` satisfies `test`, read in pages so that memory stays bounded.
   */
  some(low: LogIndex, high: LogIndex, pageBytes: number, test: (entry: Entry) => boolean): boolean {
    let at = low;
    while (at < high) {
      const page = this.slice(at, high, pageBytes);
      assert(typeof page !== "string" && page.length > 0, "a scanned page is missing from the log");
      if (page.some(test)) return true;
      at = plus(at, page.length);
    }
    return false;
  }
}
