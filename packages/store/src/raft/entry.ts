/**
 * A log entry and the measures that limits are counted in.
 *
 * Entries are immutable and shared: the unstable log, messages, Readys and the storage hold the
 * same objects. Two measures are kept apart: *entry bytes* (payload and header, never 0) bound
 * messages and apply batches; *payload bytes* (payload alone) bound the uncommitted tail and the
 * in-flight window.
 */
import { assert } from "./assert.ts";
import type { LogIndex, Term } from "./ids.ts";

/** `conf-change` carries one operation (version 1), `conf-change-v2` any number. */
export type EntryType = "normal" | "conf-change" | "conf-change-v2";

export type Entry = {
  readonly term: Term;
  readonly index: LogIndex;
  readonly type: EntryType;
  readonly data: Uint8Array | null;
};

/** What an entry costs beside its payload: term and index of 8 bytes each, type and length of 4. */
export const ENTRY_HEADER_BYTES = 24;

export const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export function makeEntry(
  term: Term,
  index: LogIndex,
  type: EntryType,
  data: Uint8Array | null,
): Entry {
  return { term, index, type, data };
}

export function entryBytes(entry: Entry): number {
  return ENTRY_HEADER_BYTES + payloadBytes(entry);
}

export function payloadBytes(entry: Entry): number {
  return entry.data === null ? 0 : entry.data.length;
}

export function sumEntryBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

export function sumPayloadBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += payloadBytes(entry);
  return bytes;
}

/**
 * The longest prefix of at most `bytesMax` entry bytes, but at least one entry: progress before
 * limit.
 */
export function limitEntries(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0;
  let count = 0;
  for (const entry of entries) {
    bytes += entryBytes(entry);
    if (count > 0 && bytes > bytesMax) return entries.slice(0, count);
    count += 1;
  }
  return entries;
}

export function lastEntry(entries: readonly Entry[]): Entry {
  const entry = entries[entries.length - 1];
  assert(entry !== undefined, "the last of no entries was asked for");
  return entry;
}

export function firstEntry(entries: readonly Entry[]): Entry {
  const entry = entries[0];
  assert(entry !== undefined, "the first of no entries was asked for");
  return entry;
}
