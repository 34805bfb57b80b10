/**
 * The tail of the log that is not known to be durable: entries from `offset` on, and perhaps a
 * received snapshot before them. Invariants: entries are contiguous from `offset`; what lies below
 * `offsetInProgress` has been handed out to be written, so `offset <= offsetInProgress <= end`; a
 * snapshot, if any, ends right before `offset` when it is taken in.
 */
import { assert } from "./assert.ts";
import { type Entry, firstEntry, NO_ENTRIES } from "./entry.ts";
import { type LogIndex, maxIndex, minIndex, plus, type Term } from "./ids.ts";
import type { Snapshot } from "./storage.ts";
import type { TraceSink } from "./trace.ts";

export class Unstable {
  snapshot: Snapshot | null = null;
  isSnapshotInProgress = false;
  entries: Entry[] = [];
  offset: LogIndex;
  offsetInProgress: LogIndex;
  readonly #trace: TraceSink | undefined;

  constructor(offset: LogIndex, trace: TraceSink | undefined) {
    this.offset = offset;
    this.offsetInProgress = offset;
    this.#trace = trace;
  }

  /** Known only with a snapshot: whatever the storage holds, the log then starts after it. */
  firstIndex(): LogIndex | undefined {
    return this.snapshot === null ? undefined : plus(this.snapshot.index, 1);
  }

  lastIndex(): LogIndex | undefined {
    if (this.entries.length > 0) return plus(this.offset, this.entries.length - 1);
    return this.snapshot?.index;
  }

  term(index: LogIndex): Term | undefined {
    if (index < this.offset) return this.snapshot?.index === index ? this.snapshot.term : undefined;
    return this.entries[index - this.offset]?.term;
  }

  /** Entries of `[low, high)`, all of which must be here. */
  slice(low: LogIndex, high: LogIndex): readonly Entry[] {
    assert(low <= high, "an unstable slice ends before it starts");
    assert(
      low >= this.offset && high <= this.offset + this.entries.length,
      "an unstable slice reaches beyond the unstable log",
    );
    return this.entries.slice(low - this.offset, high - this.offset);
  }

  get hasNextEntries(): boolean {
    return this.entries.length > this.offsetInProgress - this.offset;
  }

  /** Entries that have not been handed out to be written. */
  nextEntries(): readonly Entry[] {
    return this.hasNextEntries
      ? this.entries.slice(this.offsetInProgress - this.offset)
      : NO_ENTRIES;
  }

  /** The snapshot, if it has not been handed out to be written. */
  nextSnapshot(): Snapshot | null {
    return this.isSnapshotInProgress ? null : this.snapshot;
  }

  /** All there is has been handed out. */
  acceptInProgress(): void {
    this.offsetInProgress = plus(this.offset, this.entries.length);
    if (this.snapshot !== null) this.isSnapshotInProgress = true;
  }

  /**
   * Entries up to `(index, term)` are durable. An entry that was replaced meanwhile has another
   * term, and its acknowledgement says nothing about what stands there now.
   */
  stableTo(index: LogIndex, term: Term): void {
    const own = this.term(index);
    if (own === undefined) {
      this.#trace?.({ kind: "stable-entry-missing", index });
    } else if (index < this.offset) {
      this.#trace?.({ kind: "stable-entry-is-snapshot", index });
    } else if (own !== term) {
      this.#trace?.({ kind: "stable-entry-mismatch", index, term, ownTerm: own });
    } else {
      this.entries = this.entries.slice(index + 1 - this.offset);
      this.offset = plus(index, 1);
      this.offsetInProgress = maxIndex(this.offsetInProgress, this.offset);
    }
  }

  stableSnapshotTo(index: LogIndex): void {
    if (this.snapshot?.index !== index) return;
    this.snapshot = null;
    this.isSnapshotInProgress = false;
  }

  restore(snapshot: Snapshot): void {
    this.offset = plus(snapshot.index, 1);
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.isSnapshotInProgress = false;
  }

  /**
   * Entries that were handed out and are now replaced must be written again: the mark falls back.
   */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = firstEntry(entries).index;
    const end = plus(this.offset, this.entries.length);
    assert(from <= end, "an append leaves a gap in the unstable log");
    if (from === end) {
      if (this.entries.length === 0) this.entries = entries.slice();
      else for (const entry of entries) this.entries.push(entry);
    } else if (from <= this.offset) {
      this.#trace?.({ kind: "unstable-replaced", index: from });
      this.entries = [...entries];
      this.offset = from;
      this.offsetInProgress = from;
    } else {
      this.#trace?.({ kind: "unstable-truncated", index: from });
      this.entries = [...this.entries.slice(0, from - this.offset), ...entries];
      this.offsetInProgress = minIndex(this.offsetInProgress, from);
    }
  }
}
