/**
 * Raft messages between peers as bytes: fields at fixed places, then the heads of the entries, then
 * their payloads in one piece, so that writing copies each payload once and reading copies all of them
 * together. Numbers are unsigned 64 bits in two halves, little end first.
 *
 *   0 type (u8), flags (u8), unused (u16), entries (u32)
 *   8 to, from, term, logTerm, index, commit, commitTerm, vote, rejectHint, context (u64 each)
 *   88 for each entry: term, index (u64), type (u8), data (u8), unused (u16), data bytes (u32)
 *   .. payloads, end to end
 *
 * What never leaves a peer has no place here: answers of storage threads, and snapshots, whose data go
 * by a stream of their own. What is read is checked: bytes that no writer made are refused.
 */
import { assert } from "@multiraft/runtime";
import {
  type Entry,
  type EntryType,
  type LogIndex,
  MESSAGE_TYPES,
  type Message,
  type MessageType,
  makeEntry,
  makeMessage,
  type PeerId,
  payloadBytes,
  type Term,
} from "../raft/index.ts";

const FIELDS_AT = 8;
const FIXED_BYTES = 88;
const ENTRY_BYTES = 24;
const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];
const IS_REJECT = 1;
/** What an entry's data were: a `Buffer` comes out as one, as with the general encoding. */
const NO_DATA = 0;
const BYTES = 1;
const BUFFER = 2;
const HIGH_UNIT = 2 ** 32;
/** High halves of whole numbers that a double holds exactly stay below. */
const HIGH_END = 2 ** 21;

const TYPE_CODES = new Map<MessageType, number>(MESSAGE_TYPES.map((type, code) => [type, code]));

export class RaftWireError extends Error {
  override readonly name = "RaftWireError";
  readonly code = "ERR_MULTIRAFT_RAFT_WIRE";
}

export function raftMessageBytes({ entries }: Message): number {
  let bytes = FIXED_BYTES + entries.length * ENTRY_BYTES;
  for (const entry of entries) bytes += payloadBytes(entry);
  return bytes;
}

/** Writes `raftMessageBytes(message)` bytes. */
export function writeRaftMessage(message: Message, view: DataView, at: number): void {
  const { snapshot, responses, entries } = message;
  assert(snapshot === null && responses.length === 0, "a message that does not go between peers");
  view.setUint8(at, TYPE_CODES.get(message.type) ?? 0);
  view.setUint8(at + 1, message.reject ? IS_REJECT : 0);
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, entries.length, true);
  writeU64(view, at + FIELDS_AT, message.to);
  writeU64(view, at + 16, message.from);
  writeU64(view, at + 24, message.term);
  writeU64(view, at + 32, message.logTerm);
  writeU64(view, at + 40, message.index);
  writeU64(view, at + 48, message.commit);
  writeU64(view, at + 56, message.commitTerm);
  writeU64(view, at + 64, message.vote);
  writeU64(view, at + 72, message.rejectHint);
  writeU64(view, at + 80, message.context);
  if (entries.length > 0) writeEntries(entries, view, at + FIXED_BYTES);
}

function writeEntries(entries: readonly Entry[], view: DataView, at: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let head = at;
  let payload = at + entries.length * ENTRY_BYTES;
  for (const { term, index, type, data } of entries) {
    writeU64(view, head, term);
    writeU64(view, head + 8, index);
    view.setUint8(head + 16, ENTRY_TYPES.indexOf(type));
    view.setUint8(head + 17, data === null ? NO_DATA : Buffer.isBuffer(data) ? BUFFER : BYTES);
    view.setUint16(head + 18, 0);
    view.setUint32(head + 20, data === null ? 0 : data.length, true);
    head += ENTRY_BYTES;
    if (data === null) continue;
    bytes.set(data, payload);
    payload += data.length;
  }
}

/**
 * @param byteLength Of the message alone.
 * @throws RaftWireError when the bytes are not one whole message.
 */
export function readRaftMessage(view: DataView, at: number, byteLength: number): Message {
  demand(byteLength >= FIXED_BYTES, "a message is cut off");
  const type = MESSAGE_TYPES[view.getUint8(at)];
  const flags = view.getUint8(at + 1);
  if (type === undefined) throw new RaftWireError("a message of no known type");
  demand(flags <= IS_REJECT, "a message with unknown flags");
  return makeMessage({
    type,
    reject: flags === IS_REJECT,
    to: readU64(view, at + FIELDS_AT) as PeerId,
    from: readU64(view, at + 16) as PeerId,
    term: readU64(view, at + 24) as Term,
    logTerm: readU64(view, at + 32) as Term,
    index: readU64(view, at + 40) as LogIndex,
    commit: readU64(view, at + 48) as LogIndex,
    commitTerm: readU64(view, at + 56) as Term,
    vote: readU64(view, at + 64) as PeerId,
    rejectHint: readU64(view, at + 72) as LogIndex,
    context: readU64(view, at + 80),
    ...readEntries(view, at + FIXED_BYTES, view.getUint32(at + 4, true), byteLength - FIXED_BYTES),
  });
}

/** Entries of one message share the memory of their payloads: they also leave the log together. */
function readEntries(
  view: DataView,
  at: number,
  count: number,
  byteLength: number,
): { readonly entries?: readonly Entry[] } {
  const payloadBytes = byteLength - count * ENTRY_BYTES;
  demand(payloadBytes >= 0, "entries are cut off");
  if (count === 0) {
    demand(payloadBytes === 0, "bytes behind a message");
    return {};
  }
  const from = view.byteOffset + at + count * ENTRY_BYTES;
  const payloads = Buffer.from(new ArrayBuffer(payloadBytes));
  payloads.set(new Uint8Array(view.buffer, from, payloadBytes));
  const entries: Entry[] = [];
  let start = 0;
  for (let head = at; entries.length < count; head += ENTRY_BYTES) {
    const end = start + view.getUint32(head + 20, true);
    demand(end <= payloadBytes, "a payload is cut off");
    entries.push(readEntry(view, head, payloads.subarray(start, end)));
    start = end;
  }
  demand(start === payloadBytes, "bytes behind a message");
  return { entries };
}

function readEntry(view: DataView, head: number, payload: Buffer): Entry {
  const type = ENTRY_TYPES[view.getUint8(head + 16)];
  if (type === undefined) throw new RaftWireError("an entry of no known type");
  const term = readU64(view, head) as Term;
  const index = readU64(view, head + 8) as LogIndex;
  return makeEntry(term, index, type, dataOf(payload, view.getUint8(head + 17)));
}

function dataOf(payload: Buffer, kind: number): Uint8Array | null {
  if (kind === BUFFER) return payload;
  if (kind === BYTES) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  demand(kind === NO_DATA && payload.length === 0, "an entry with data of no known kind");
  return null;
}

/** @param value A whole number of at least 0 that a double holds exactly. */
export function writeU64(view: DataView, at: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, () => `${value} cannot go on the wire`);
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / HIGH_UNIT), true);
}

/** @throws RaftWireError for numbers that a double does not hold exactly. */
export function readU64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  demand(high < HIGH_END, "a number is too large");
  return high * HIGH_UNIT + view.getUint32(at, true);
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new RaftWireError(what);
}
