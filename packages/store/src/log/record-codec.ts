// The byte layout of records: a tag, then fixed fields. Records of one append stand one behind the
// other; the frame around them knows where they end. Entries are the hot path: one copy of their
// data, no object each, and when the log reads them it only learns where each begins.
import { assert, unreachable } from "@multiraft/runtime";
import type { LogIndex } from "../raft/ids.ts";
import { ByteCounter, ByteReader, type ByteSink, ByteWriter, malformed } from "./byte-codec.ts";
import type { Generation, Life, LoggedEntry, SplitChild, StoredRecord } from "./record.ts";
import {
  readHardState,
  readIdentity,
  readIndex,
  readLife,
  readPeerId,
  readPositive,
  readRegion,
  readRegionId,
  readStoreId,
  readTerm,
  readText,
  readTombstone,
  writeHardState,
  writeIdentity,
  writeRegion,
  writeText,
  writeTombstone,
} from "./record-fields.ts";

/** Part of the format: a tag is never given to another kind. */
const TAGS = {
  "store-identity": 1,
  "life-block": 2,
  life: 3,
  "hard-state": 4,
  entries: 5,
  truncate: 6,
  install: 7,
  tombstone: 8,
  split: 9,
  "split-done": 10,
  "life-copy": 11,
  "entries-copy": 12,
} as const satisfies Record<StoredRecord["kind"], number>;

/**
 * Entries as they lie in a buffer: entry i is at `boundaries[i]` and ends at `boundaries[i + 1]`.
 */
export type EntryRun = {
  readonly kind: "entries" | "entries-copy";
  readonly life: Life;
  readonly firstIndex: LogIndex;
  readonly boundaries: readonly number[];
};

/** A record as the log itself reads it: entries stay where they are. */
export type ScannedRecord = Exclude<StoredRecord, { readonly entries: unknown }> | EntryRun;

/** What `encodeRecordsInto` will write. */
export function encodedBytes(records: readonly StoredRecord[]): number {
  const counter = new ByteCounter();
  for (const record of records) writeRecord(counter, record);
  return counter.count;
}

/** @param into Exactly `encodedBytes(records)` long; a payload's shared memory will do. */
export function encodeRecordsInto(records: readonly StoredRecord[], into: Uint8Array): void {
  const writer = new ByteWriter(into);
  for (const record of records) writeRecord(writer, record);
  assert(writer.offset === into.byteLength, "records were counted otherwise than written");
}

/** From a pool of the process: `encodeRecordsInto` is for memory of one's own. */
export function encodeRecords(records: readonly StoredRecord[]): Uint8Array {
  const pooled = Buffer.allocUnsafe(encodedBytes(records));
  const bytes = new Uint8Array(pooled.buffer, pooled.byteOffset, pooled.byteLength);
  encodeRecordsInto(records, bytes);
  return bytes;
}

/** Entries' data are views of `bytes`. @throws LogError `ERR_MULTIRAFT_LOG_RECORD` */
export function decodeRecords(bytes: Uint8Array): StoredRecord[] {
  const reader = new ByteReader(bytes);
  const records: StoredRecord[] = [];
  while (!reader.isAtEnd) {
    const record = scanRecord(reader);
    records.push("boundaries" in record ? decodeRun(bytes, record) : record);
  }
  return records;
}

/** Reads one record and leaves the reader behind it. @throws LogError `ERR_MULTIRAFT_LOG_RECORD` */
export function scanRecord(reader: ByteReader): ScannedRecord {
  const tag = reader.u8();
  switch (tag) {
    case TAGS["store-identity"]:
      return { kind: "store-identity", clusterId: readText(reader), storeId: readStoreId(reader) };
    case TAGS["life-block"]:
      return { kind: "life-block", below: readLife(reader) };
    case TAGS.life:
      return { kind: "life", life: readLife(reader), ...readIdentity(reader) };
    case TAGS["hard-state"]:
      return { kind: "hard-state", life: readLife(reader), hardState: readHardState(reader) };
    case TAGS.entries:
      return scanRun(reader, "entries");
    case TAGS.truncate:
      return {
        kind: "truncate",
        life: readLife(reader),
        index: readIndex(reader),
        term: readTerm(reader),
      };
    case TAGS.install:
      return readInstall(reader);
    case TAGS.tombstone:
      return readTombstoneRecord(reader);
    case TAGS.split:
      return readSplit(reader);
    case TAGS["split-done"]:
      return {
        kind: "split-done",
        parentLife: readLife(reader),
        index: readIndex(reader),
        childRegionId: readRegionId(reader),
      };
    case TAGS["life-copy"]:
      return readLifeCopy(reader);
    case TAGS["entries-copy"]:
      return scanRun(reader, "entries-copy");
    default:
      throw malformed(`unknown tag ${tag}`);
  }
}

/** The entry at `offset`; its data is a view. @returns An entry without a check of its bytes. */
export function readEntryAt(bytes: Uint8Array, offset: number, index: LogIndex): LoggedEntry {
  const reader = new ByteReader(bytes, offset);
  const term = readTerm(reader);
  const type = reader.u8();
  return { index, term, type, data: reader.raw(reader.u32()) };
}

function writeRecord(sink: ByteSink, record: StoredRecord): void {
  sink.u8(TAGS[record.kind]);
  switch (record.kind) {
    case "store-identity":
      writeText(sink, record.clusterId);
      sink.u53(record.storeId);
      return;
    case "life-block":
      sink.u53(record.below);
      return;
    case "life":
      sink.u53(record.life);
      writeIdentity(sink, record);
      return;
    case "hard-state":
      sink.u53(record.life);
      writeHardState(sink, record.hardState);
      return;
    case "entries":
    case "entries-copy":
      sink.u53(record.life);
      writeEntries(sink, record.entries);
      return;
    case "truncate":
      sink.u53(record.life);
      sink.u53(record.index);
      sink.u53(record.term);
      return;
    case "install":
      sink.u53(record.life);
      sink.u53(record.generation);
      sink.u53(record.index);
      sink.u53(record.term);
      writeHardState(sink, record.hardState);
      return;
    case "tombstone":
      sink.u53(record.life ?? 0);
      writeTombstone(sink, record.tombstone);
      return;
    case "split":
      sink.u53(record.parentLife);
      sink.u53(record.index);
      writeChildren(sink, record.children);
      return;
    case "split-done":
      sink.u53(record.parentLife);
      sink.u53(record.index);
      sink.u53(record.childRegionId);
      return;
    case "life-copy":
      sink.u53(record.life);
      writeIdentity(sink, record);
      writeHardState(sink, record.hardState);
      sink.u53(record.generation);
      sink.u53(record.truncatedIndex);
      sink.u53(record.truncatedTerm);
      return;
    default:
      unreachable(record);
  }
}

function writeEntries(sink: ByteSink, entries: readonly LoggedEntry[]): void {
  const first = entries[0];
  assert(first !== undefined, "a record of no entries");
  sink.u53(first.index);
  sink.u32(entries.length);
  let index: number = first.index;
  for (const entry of entries) {
    assert(entry.index === index, "entries of a record must be consecutive");
    index += 1;
    sink.u53(entry.term);
    sink.u8(entry.type);
    sink.u32(entry.data.byteLength);
    sink.raw(entry.data);
  }
}

function scanRun(reader: ByteReader, kind: EntryRun["kind"]): EntryRun {
  const life = readLife(reader);
  const firstIndex = readIndex(reader);
  const count = reader.u32();
  if (firstIndex === 0 || count === 0) throw malformed("entries without a first index");
  const boundaries = [reader.offset];
  for (let left = count; left > 0; left -= 1) {
    reader.skip(9);
    reader.skip(reader.u32());
    boundaries.push(reader.offset);
  }
  return { kind, life, firstIndex, boundaries };
}

function decodeRun(bytes: Uint8Array, run: EntryRun): StoredRecord {
  const offsets = run.boundaries.slice(0, -1);
  const entries = offsets.map((offset, at) =>
    readEntryAt(bytes, offset, (run.firstIndex + at) as LogIndex),
  );
  return { kind: run.kind, life: run.life, entries };
}

function readInstall(reader: ByteReader): ScannedRecord {
  return {
    kind: "install",
    life: readLife(reader),
    generation: readPositive(reader) as Generation,
    index: readIndex(reader),
    term: readTerm(reader),
    hardState: readHardState(reader),
  };
}

function readLifeCopy(reader: ByteReader): ScannedRecord {
  return {
    kind: "life-copy",
    life: readLife(reader),
    ...readIdentity(reader),
    hardState: readHardState(reader),
    generation: reader.u53() as Generation | 0,
    truncatedIndex: readIndex(reader),
    truncatedTerm: readTerm(reader),
  };
}

function readTombstoneRecord(reader: ByteReader): ScannedRecord {
  const life = reader.u53();
  const tombstone = readTombstone(reader);
  return { kind: "tombstone", life: life === 0 ? undefined : (life as Life), tombstone };
}

function writeChildren(sink: ByteSink, children: readonly SplitChild[]): void {
  sink.u32(children.length);
  for (const child of children) {
    writeRegion(sink, child.region);
    sink.u53(child.peerId);
  }
}

function readSplit(reader: ByteReader): ScannedRecord {
  const parentLife = readLife(reader);
  const index = readIndex(reader);
  const children: SplitChild[] = [];
  for (let left = reader.u32(); left > 0; left -= 1)
    children.push({ region: readRegion(reader), peerId: readPeerId(reader) });
  return { kind: "split", parentLife, index, children };
}
