// One commit of the durable memory engine as bytes: length, checksum, metadata, writes. It is there
// as a whole or not at all: a record that a crash has torn fails its checksum.
import { KEY_BYTES_MAX, type Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";
import { NO_FIGURES } from "./size-estimate.ts";
import type { TabletMeta } from "./tablet.ts";
import { decodeStoredMeta, encodeStoredMeta } from "./tablet-meta-codec.ts";
import type { Buffered } from "./write-buffer.ts";

/** Begins every record; what looks for records behind a bad one looks for it. */
const MAGIC = Buffer.from([0xa7, 0x1e, 0xc0, 0x4d]);
/** The magic, the length of the body, the checksum of length and body. */
const HEADER_BYTES = 12;
const LENGTH_AT = 4;
const CHECKSUM_AT = 8;
/** Length of the metadata. */
const BODY_FIXED_BYTES = 4;
/** Length of the key, length of the value. */
const WRITE_FIXED_BYTES = 6;
/** Stands for the length of the value of a deleted key. */
const DELETED = 0xffff_ffff;

export type CommitWrite = readonly [key: Key, value: Buffered];
export type CommitRecord = { readonly meta: TabletMeta; readonly writes: readonly CommitWrite[] };

/** A record, and where the next one begins; or why there is none. */
export type DecodedCommit =
  | { readonly kind: "record"; readonly record: CommitRecord; readonly end: number }
  /** Each record is synced before the next one is written: a crash can only tear the last. */
  | { readonly kind: "torn" }
  /** There are whole records behind: not what a crash leaves. */
  | { readonly kind: "damaged" };

export function encodeCommit(meta: TabletMeta, writes: readonly CommitWrite[]): Uint8Array {
  const metaBytes = encodeStoredMeta({ meta, figures: NO_FIGURES });
  const bodyBytes = BODY_FIXED_BYTES + metaBytes.byteLength + sizeOf(writes);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  bytes.set(MAGIC);
  bytes.writeUInt32LE(bodyBytes, LENGTH_AT);
  let at = bytes.writeUInt32LE(metaBytes.byteLength, HEADER_BYTES);
  bytes.set(metaBytes, at);
  at += metaBytes.byteLength;
  for (const write of writes) at = writeOne(bytes, at, write);
  assert(at === bytes.byteLength, "a commit record was measured wrong");
  bytes.writeUInt32LE(checksumOf(bytes), CHECKSUM_AT);
  return bytes;
}

export function decodeCommit(file: Buffer, start: number, where: string): DecodedCommit {
  const body = bodyAt(file, start);
  if (body === undefined) return { kind: hasRecordBehind(file, start) ? "damaged" : "torn" };
  const end = start + HEADER_BYTES + body.byteLength;
  return { kind: "record", record: decodeBody(body, where), end };
}

/** Undefined where no whole record begins. */
function bodyAt(file: Buffer, start: number): Buffer | undefined {
  const header = file.subarray(start, start + HEADER_BYTES);
  if (header.byteLength < HEADER_BYTES || !header.subarray(0, LENGTH_AT).equals(MAGIC)) return;
  const end = start + HEADER_BYTES + header.readUInt32LE(LENGTH_AT);
  if (end > file.byteLength) return;
  const record = file.subarray(start, end);
  if (checksumOf(record) !== header.readUInt32LE(CHECKSUM_AT)) return;
  return record.subarray(HEADER_BYTES);
}

function hasRecordBehind(file: Buffer, start: number): boolean {
  for (let at = file.indexOf(MAGIC, start + 1); at >= 0; at = file.indexOf(MAGIC, at + 1))
    if (bodyAt(file, at) !== undefined) return true;
  return false;
}

function checksumOf(record: Buffer): number {
  return crc32c(record.subarray(HEADER_BYTES), crc32c(record.subarray(LENGTH_AT, CHECKSUM_AT)));
}

function sizeOf(writes: readonly CommitWrite[]): number {
  let bytes = 0;
  for (const [key, value] of writes)
    bytes += WRITE_FIXED_BYTES + key.length + (value?.byteLength ?? 0);
  return bytes;
}

function writeOne(into: Buffer, start: number, [key, value]: CommitWrite): number {
  assert(key.length <= KEY_BYTES_MAX, () => `key of ${key.length} bytes`);
  let at = into.writeUInt16LE(key.length, start);
  at = into.writeUInt32LE(value === null ? DELETED : value.byteLength, at);
  at += into.write(key, at, "latin1");
  if (value !== null) into.set(value, at);
  return at + (value?.byteLength ?? 0);
}

function decodeBody(body: Buffer, where: string): CommitRecord {
  const metaEnd = BODY_FIXED_BYTES + body.readUInt32LE(0);
  const { meta } = decodeStoredMeta(body.subarray(BODY_FIXED_BYTES, metaEnd), where);
  const writes: CommitWrite[] = [];
  for (let at = metaEnd; at < body.byteLength; ) {
    const keyStart = at + WRITE_FIXED_BYTES;
    const keyEnd = keyStart + body.readUInt16LE(at);
    const valueBytes = body.readUInt32LE(at + 2);
    const key = body.toString("latin1", keyStart, keyEnd) as Key;
    at = valueBytes === DELETED ? keyEnd : keyEnd + valueBytes;
    // A copy: a view would keep the whole file in memory.
    writes.push([key, valueBytes === DELETED ? null : Uint8Array.from(body.subarray(keyEnd, at))]);
  }
  return { meta, writes };
}
