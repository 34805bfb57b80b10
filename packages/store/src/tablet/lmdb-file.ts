// The data file of an lmdb environment, looked at before lmdb maps it: lmdb makes a new environment
// of an empty file, and reading a map beyond the end of its file kills the process.
import type { Disk, DiskFile } from "@multiraft/runtime";
import { isTreeWhole } from "./lmdb-tree.ts";
import { TabletError } from "./tablet-error.ts";

export const DATA_FILE_NAME = "data.mdb";
export const LOCK_FILE_NAME = "lock.mdb";

// Of lmdb's data format 2: a meta page is a page header of 24 bytes and then these, little-endian.
const META_START = 24;
const MAGIC = 0xbeef_c0de;
const FORMAT = 2;
const MAGIC_AT = META_START;
const FORMAT_AT = META_START + 4;
const PAGE_BYTES_AT = META_START + 24;
const FREE_ROOT_AT = META_START + 64;
const MAIN_ROOT_AT = META_START + 112;
const LAST_PAGE_AT = META_START + 120;
const TRANSACTION_AT = META_START + 128;
const META_END = META_START + 136;

const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;
/** Beyond this a number of pages is damage and not data: 2^46 bytes at the smallest page. */
const PAGES_MAX = 2 ** 37;

type MetaPage = {
  readonly pageBytes: number;
  readonly pages: number;
  readonly transaction: bigint;
  readonly roots: readonly bigint[];
};

/**
 * Checks that the file is lmdb's and has all the pages it refers to. Where it is as long as its newest
 * meta page says, that is seen at once; pages at the end that were never used may be missing, though,
 * and then every page is looked at. What is wrong inside of a page is not seen: lmdb has no checksums.
 * @throws TabletError `ERR_MULTIRAFT_TABLET_MISSING`, `…_TABLET_CORRUPT`
 */
export function checkDataFile(disk: Disk, directory: string): void {
  const path = disk.join(directory, DATA_FILE_NAME);
  if (!disk.exists(path)) throw new TabletError("ERR_MULTIRAFT_TABLET_MISSING", path);
  const file = disk.open(path, "read");
  try {
    const first = readMetaPage(file, 0, path);
    const second = readMetaPage(file, first.pageBytes, path);
    const newest = second.transaction > first.transaction ? second : first;
    const wantedBytes = newest.pages * newest.pageBytes;
    if (file.sizeBytes() < wantedBytes && !isWhole(file, newest))
      throw corrupt(path, `has ${file.sizeBytes()} of ${wantedBytes} bytes`);
  } finally {
    file.close();
  }
}

/** Of a file: the two pages that name its last commits, and how far that commit's pages go. */
export type FileHead = { readonly head: Uint8Array; readonly sizeBytes: number };

/** While no commit is under way. */
export function readHead(disk: Disk, path: string): FileHead {
  const file = disk.open(path, "read");
  try {
    const first = readMetaPage(file, 0, path);
    const { pageBytes } = first;
    const second = readMetaPage(file, pageBytes, path);
    const newest = second.transaction > first.transaction ? second : first;
    const head = new Uint8Array(2 * pageBytes);
    if (file.readAt(head, 0) !== head.byteLength) throw corrupt(path, "is cut short");
    return { head, sizeBytes: Math.min(file.sizeBytes(), newest.pages * pageBytes) };
  } finally {
    file.close();
  }
}

function readMetaPage(file: DiskFile, start: number, path: string): MetaPage {
  const page = Buffer.alloc(META_END);
  if (file.readAt(page, start) < META_END) throw corrupt(path, "is cut short");
  if (page.readUInt32LE(MAGIC_AT) !== MAGIC) throw corrupt(path, "is no lmdb file");
  if ((page.readUInt32LE(FORMAT_AT) & 0xffff) !== FORMAT) throw corrupt(path, "has another format");
  const pageBytes = page.readUInt32LE(PAGE_BYTES_AT);
  const pages = Number(page.readBigUInt64LE(LAST_PAGE_AT)) + 1;
  if (pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX || pages > PAGES_MAX)
    throw corrupt(path, `has ${pages} pages of ${pageBytes} bytes`);
  const roots = [page.readBigUInt64LE(FREE_ROOT_AT), page.readBigUInt64LE(MAIN_ROOT_AT)];
  return { pageBytes, pages, transaction: page.readBigUInt64LE(TRANSACTION_AT), roots };
}

function isWhole(file: DiskFile, { roots, pageBytes }: MetaPage): boolean {
  try {
    return roots.every((root) => isTreeWhole(file, root, pageBytes));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function corrupt(path: string, what: string): TabletError {
  return new TabletError("ERR_MULTIRAFT_TABLET_CORRUPT", `${path} ${what}`);
}
