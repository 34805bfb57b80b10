// Keys, values and ranges as users write them: bytes or strings, checked before anything is sent.
import {
  EMPTY_KEY,
  KEY_BYTES_MAX,
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
} from "@multiraft/pd/protocol";
import { COMMAND_BYTES_MAX, type CompareAndSwap } from "../operation/command.ts";
import type { Write } from "../tablet/tablet.ts";
import { wrongArgument } from "./client-error.ts";

/** Strings are taken as UTF-8. Half of a surrogate pair is refused: all halves would be the same bytes. */
export type Bytes = Uint8Array | string;

export type BatchWrite =
  | { readonly put: Bytes; readonly value: Bytes }
  | { readonly delete: Bytes };

export type Swap = {
  /** What the key has to hold, byte for byte; undefined: it must not be there. */
  readonly expected: Bytes | undefined;
  /** What it is to hold then; undefined: it is deleted. */
  readonly value: Bytes | undefined;
};

export type ScanRange = {
  /** Included. Default: the first key. */
  readonly start?: Bytes;
  /** Excluded. Default: no bound. */
  readonly end?: Bytes;
  /** All keys that begin so; instead of `start` and `end`. */
  readonly prefix?: Bytes;
};

/** What a batch may hold, counting `WRITE_BYTES` beside each key and value; one Raft entry. */
export const BATCH_BYTES_MAX = COMMAND_BYTES_MAX - 1_024;
/** A batch of one write with the longest key. */
export const VALUE_BYTES_MAX = 760 * 1_024;
const WRITE_BYTES = 16;

export function toKey(given: Bytes): Key {
  const bytes = toBytes(given, "a key");
  if (bytes.byteLength === 0 || bytes.byteLength > KEY_BYTES_MAX)
    throw wrongArgument(`a key has 1 to ${KEY_BYTES_MAX} bytes, not ${bytes.byteLength}`);
  return keyFromBytes(bytes);
}

export function toValue(given: Bytes): Uint8Array {
  const bytes = toBytes(given, "a value");
  if (bytes.byteLength > VALUE_BYTES_MAX)
    throw wrongArgument(`a value has up to ${VALUE_BYTES_MAX} bytes, not ${bytes.byteLength}`);
  return bytes;
}

export function toWrites(batch: readonly BatchWrite[]): readonly Write[] {
  const writes = batch.map(toWrite);
  const bytes = writes.reduce((sum, write) => sum + writeBytes(write), 0);
  if (bytes > BATCH_BYTES_MAX)
    throw wrongArgument(`a batch has up to ${BATCH_BYTES_MAX} bytes, not ${bytes}`);
  return writes;
}

/** Both values travel in one entry. */
export function toSwap(key: Bytes, { expected, value }: Swap): CompareAndSwap {
  const swap = {
    key: toKey(key),
    expected: expected === undefined ? undefined : toValue(expected),
    value: value === undefined ? undefined : toValue(value),
  };
  const values = (swap.expected?.byteLength ?? 0) + (swap.value?.byteLength ?? 0);
  const bytes = 2 * WRITE_BYTES + swap.key.length + values;
  if (bytes > BATCH_BYTES_MAX)
    throw wrongArgument(
      `the values of a compareAndSwap have up to ${BATCH_BYTES_MAX} bytes together, not ${bytes}`,
    );
  return swap;
}

export function toRange({ start, end, prefix }: ScanRange): KeyRange {
  if (prefix !== undefined) {
    if (start !== undefined || end !== undefined)
      throw wrongArgument("a range has a prefix, or a start and an end, not both");
    return prefixRange(toBound(prefix));
  }
  const range = { start: toBound(start), end: toBound(end) };
  if (range.end !== EMPTY_KEY && range.end < range.start)
    throw wrongArgument("a range ends before it starts");
  return range;
}

/** As a key or value that comes back is read as text. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** A key as people see it in a message. */
export function keyText(key: Key): string {
  return JSON.stringify(textOf(keyToBytes(key)));
}

function toWrite(given: BatchWrite): Write {
  return "delete" in given
    ? { kind: "delete", key: toKey(given.delete) }
    : { kind: "put", key: toKey(given.put), value: toValue(given.value) };
}

function writeBytes(write: Write): number {
  return WRITE_BYTES + write.key.length + (write.kind === "put" ? write.value.byteLength : 0);
}

/** Both bounds may be empty. */
function toBound(given: Bytes | undefined): Key {
  if (given === undefined || given.length === 0) return EMPTY_KEY;
  return toKey(given);
}

/** Ends at the prefix with its last byte raised; trailing bytes of 255 cannot be, and go. */
function prefixRange(prefix: Key): KeyRange {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === 0xff) length -= 1;
  if (length === 0) return { start: prefix, end: EMPTY_KEY };
  const raised = String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
  return { start: prefix, end: (prefix.slice(0, length - 1) + raised) as Key };
}

function toBytes(given: Bytes, what: string): Uint8Array {
  if (typeof given === "string") {
    if (!given.isWellFormed())
      throw wrongArgument(`${what} holds half of a surrogate pair, which is no text`);
    return Buffer.from(given, "utf8");
  }
  if (given instanceof Uint8Array) return given;
  throw wrongArgument(`${what} is a string or a Uint8Array, not ${typeof given}`);
}
