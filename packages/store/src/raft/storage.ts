/**
 * What the core reads of the durable state. Reads are synchronous: the owner keeps the terms and
 * the recent entries of a group in memory. The core never writes here; writes leave it as Readys or
 * MsgStorageAppend, and the storage shows them from the moment they are durable.
 */
import type { ConfState } from "./conf-state.ts";
import type { Entry } from "./entry.ts";
import { type LogIndex, NO_INDEX, NO_PEER, NO_TERM, type PeerId, type Term } from "./ids.ts";

export type HardState = {
  readonly term: Term;
  readonly vote: PeerId;
  readonly commit: LogIndex;
};

export type Snapshot = {
  readonly data: Uint8Array | null;
  readonly index: LogIndex;
  readonly term: Term;
  readonly confState: ConfState;
};

/**
 * `compacted`: below what is kept; `unavailable`: beyond what is known. Control flow, not faults.
 */
export type TermLookup = Term | "compacted" | "unavailable";
export type EntriesLookup = readonly Entry[] | "compacted" | "unavailable";

export interface RaftStorage {
  /** `hardState` is null for a replica that never persisted one. */
  initialState(): { readonly hardState: HardState | null; readonly confState: ConfState };
  /** Index of the first entry kept: one after the compacted prefix or snapshot, 1 at first. */
  firstIndex(): LogIndex;
  /** Index of the last entry, or of the snapshot when there is none after it, 0 at first. */
  lastIndex(): LogIndex;
  /** Known from `firstIndex() - 1` to `lastIndex()`. */
  term(index: LogIndex): TermLookup;
  /** Entries of `[low, high)`, cut to `bytesMax` entry bytes, but at least one. */
  entries(low: LogIndex, high: LogIndex, bytesMax: number): EntriesLookup;
  /** A snapshot for `to`, at or above `firstIndex() - 1`; while one is being made it says so. */
  snapshot(to: PeerId): Snapshot | "temporarily-unavailable";
}

export const EMPTY_HARD_STATE: HardState = Object.freeze({
  term: NO_TERM,
  vote: NO_PEER,
  commit: NO_INDEX,
});

export function isEmptyHardState(state: HardState): boolean {
  return state.term === NO_TERM && state.vote === NO_PEER && state.commit === NO_INDEX;
}
