/**
 * The three kinds of number that travel through the core, kept apart by structural brands (so that
 * an equally branded type of another package is the same type), and their arithmetic.
 *
 * They are `number`s: 2^53 log indexes at a million a second last 285 years, and a comparison of
 * `bigint`s costs an order of magnitude more. A brand is given where a number enters, and checked
 * there.
 */
import { assert } from "./assert.ts";

export type PeerId = number & { readonly brand: "PeerId" };
export type Term = number & { readonly brand: "Term" };
export type LogIndex = number & { readonly brand: "LogIndex" };

/** Nobody: no vote, no leader, no sender. */
export const NO_PEER = 0 as PeerId;
/** Address of the storage thread that makes entries, hard states and snapshots durable. */
export const APPEND_THREAD = -1 as PeerId;
/** Address of the storage thread that applies committed entries. */
export const APPLY_THREAD = -2 as PeerId;

export const NO_TERM = 0 as Term;
export const NO_INDEX = 0 as LogIndex;

export function toPeerId(raw: number): PeerId {
  assert(Number.isSafeInteger(raw) && raw > 0, () => `peer id out of range: ${raw}`);
  return raw as PeerId;
}

export function toTerm(raw: number): Term {
  assert(Number.isSafeInteger(raw) && raw >= 0, () => `term out of range: ${raw}`);
  return raw as Term;
}

export function toLogIndex(raw: number): LogIndex {
  assert(Number.isSafeInteger(raw) && raw >= 0, () => `log index out of range: ${raw}`);
  return raw as LogIndex;
}

export function isStorageThread(id: PeerId): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}

export function plus(index: LogIndex, distance: number): LogIndex {
  return (index + distance) as LogIndex;
}

export function minIndex(a: LogIndex, b: LogIndex): LogIndex {
  return a < b ? a : b;
}

export function maxIndex(a: LogIndex, b: LogIndex): LogIndex {
  return a > b ? a : b;
}

/** Ids in ascending order, each once: the order in which peers are visited, asked and listed. */
export function sortedIds(ids: Iterable<PeerId>): readonly PeerId[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
