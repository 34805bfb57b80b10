// One commit of the durable memory engine as bytes: length, checksum, metadata, writes. It is there
// as a whole or not at all: a record that a crash has torn fails its checksum.
import { KEY_BYTES_MAX, type Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";
import { NO_FIGURES } from "./size-estimate.ts";
import type { TabletMeta } from "./tablet.ts";
import { decodeStoredMeta, encodeStoredMeta } from "./tablet-meta-codec.ts";
import type { Buffered } from "./write-buffer.ts";

const HEADER_BYTES = 8;
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
  /** The bytes end before the record does, or nothing follows its wrong checksum. */
  | { readonly kind: "torn" }
  /** The checksum is wrong, and there are bytes behind: not what a crash leaves. */
  | { readonly kind: "damaged" };

export function encodeCommit(meta: TabletMeta, writes: readonly CommitWrite[]): Uint8Array {
  const metaBytes = encodeStoredMeta({ meta, figures: NO_FIGURES });
  const bodyBytes = BODY_FIXED_BYTES + metaBytes.byteLength + sizeOf(writes);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  bytes.writeUInt32LE(bodyBytes, 0);
  let at = bytes.writeUInt32LE(metaBytes.byteLength, HEADER_BYTES);
  bytes.set(metaBytes, at);
  at += metaBytes.byteLength;
  for (const write of writes) at = writeOne(bytes, at, write);
  assert(at === bytes.byteLength, "a commit record was measured wrong");
  bytes.writeUInt32LE(crc32c(bytes.subarray(HEADER_BYTES)), 4);
  return bytes;
}

export function decodeCommit(file: Buffer, start: number, where: string): DecodedCommit {
  const bodyStart = start + HEADER_BYTES;
  if (bodyStart > file.byteLength) return { kind: "torn" };
  const end = bodyStart + file.readUInt32LE(start);
  if (end > file.byteLength) return { kind: "torn" };
  const body = file.subarray(bodyStart, end);
  if (crc32c(body) !== file.readUInt32LE(start + 4))
    return { kind: end === file.byteLength ? "torn" : "damaged" };
  return { kind: "record", record: decodeBody(body, where), end };
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
