// The file of a durable memory tablet: commit records one after the other, each synced before it
// counts. What a crash has torn at its end was never acknowledged and is cut when it is opened.
import { type Disk, DiskError, type DiskFile } from "@multiraft/runtime";
import { type CommitWrite, decodeCommit, encodeCommit } from "./commit-record.ts";
import { MemoryPairs } from "./memory-pairs.ts";
import type { TabletMeta } from "./tablet.ts";
import { TabletError } from "./tablet-error.ts";
import type { Generation } from "./write-buffer.ts";

/** A file is written anew when it is this much larger than twice its data: below, it is not worth it. */
const REWRITE_SLACK_BYTES = 1 << 20;

export type OpenedJournal = {
  readonly journal: CommitJournal;
  readonly meta: TabletMeta;
  readonly pairs: MemoryPairs;
};

export class CommitJournal {
  readonly #disk: Disk;
  readonly #path: string;
  #file: DiskFile;
  #sizeBytes: number;
  /** Of the first record, which holds all pairs of the moment the file was written. */
  #firstBytes: number;

  constructor(disk: Disk, path: string, sizeBytes: number, firstBytes: number) {
    this.#disk = disk;
    this.#path = path;
    this.#file = disk.open(path, "read-write");
    this.#sizeBytes = sizeBytes;
    this.#firstBytes = firstBytes;
  }

  get isLarge(): boolean {
    return this.#sizeBytes > 2 * this.#firstBytes + REWRITE_SLACK_BYTES;
  }

  /** Durable when it returns. */
  append(writes: Generation, meta: TabletMeta): void {
    const record = encodeCommit(meta, writes.writes.toArray());
    try {
      this.#file.writeAt(record, this.#sizeBytes);
      this.#file.syncData();
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.#sizeBytes += record.byteLength;
  }

  /** One record instead of all: old or new after a crash, with the same content. */
  rewrite(pairs: MemoryPairs, meta: TabletMeta): void {
    const record = encodeAll(pairs, meta);
    this.#file.close();
    this.#disk.replaceFile(this.#path, record);
    this.#file = this.#disk.open(this.#path, "read-write");
    this.#sizeBytes = record.byteLength;
    this.#firstBytes = record.byteLength;
  }

  close(): void {
    this.#file.close();
  }

  /**
   * After a failed sync the record may be readable and yet never become durable: whoever opens the
   * file next must not take it for a commit.
   */
  #takeBack(): void {
    try {
      this.#file.truncate(this.#sizeBytes);
    } catch (error) {
      // The disk is beyond help, and says so to whoever opens the file next.
      if (!(error instanceof DiskError)) throw error;
    }
  }
}

/** Synced; the directory that it is in is not. */
export function writeJournal(disk: Disk, path: string, pairs: MemoryPairs, meta: TabletMeta): void {
  const file = disk.open(path, "create");
  try {
    file.writeAt(encodeAll(pairs, meta), 0);
    file.syncData();
  } finally {
    file.close();
  }
}

/** @throws TabletError `ERR_MULTIRAFT_TABLET_CORRUPT` */
export function openJournal(disk: Disk, path: string): OpenedJournal {
  const content = disk.readFile(path);
  const file = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const pairs = new MemoryPairs();
  let meta: TabletMeta | undefined;
  let firstBytes = 0;
  let at = 0;
  while (at < file.byteLength) {
    const decoded = decodeCommit(file, at, path);
    if (decoded.kind === "damaged") throw corrupt(`${path} is damaged at byte ${at}`);
    if (decoded.kind === "torn") break;
    for (const [key, value] of decoded.record.writes) pairs.write(key, value);
    meta = decoded.record.meta;
    at = decoded.end;
    if (firstBytes === 0) firstBytes = at;
  }
  // The first record was durable before anybody could refer to the tablet.
  if (meta === undefined) throw corrupt(`${path} has no whole commit`);
  if (at < file.byteLength) cutTail(disk, path, at);
  return { journal: new CommitJournal(disk, path, at, firstBytes), meta, pairs };
}

function encodeAll(pairs: MemoryPairs, meta: TabletMeta): Uint8Array {
  const writes = pairs.all().map((pair): CommitWrite => [pair.key, pair.value]);
  return encodeCommit(meta, writes);
}

function cutTail(disk: Disk, path: string, sizeBytes: number): void {
  const file = disk.open(path, "read-write");
  try {
    file.truncate(sizeBytes);
    file.syncData();
  } finally {
    file.close();
  }
}

function corrupt(message: string): TabletError {
  return new TabletError("ERR_MULTIRAFT_TABLET_CORRUPT", message);
}
