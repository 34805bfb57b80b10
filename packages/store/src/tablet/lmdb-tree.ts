// Walks a B+ tree of an lmdb file without lmdb, page by page, to see whether the file has all pages
// that the tree refers to. Only for files about which there is doubt: every page is read.
import type { DiskFile } from "@multiraft/runtime";

// Of lmdb's data format 2, little-endian.
const PAGE_HEADER_BYTES = 24;
const PAGE_FLAGS_AT = 18;
const LOWER_AT = 20;
const NODE_HEADER_BYTES = 8;
const BRANCH = 0x01;
const LEAF = 0x02;
/** The node's value is on pages of its own; in its place stand their first page, a number, their count. */
const BIG_VALUE = 0x01;
const BIG_COUNT_AT = 16;
const BIG_BYTES = 24;
/** The root of a tree without pages. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** @throws RangeError where a page is so damaged that its nodes lie outside of it. */
export function isTreeWhole(file: DiskFile, root: bigint, pageBytes: number): boolean {
  const pages = BigInt(Math.floor(file.sizeBytes() / pageBytes));
  const page = Buffer.alloc(pageBytes);
  const open = root === NO_PAGE ? [] : [root];
  const seen = new Set<bigint>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at >= pages || seen.has(at)) return false;
    seen.add(at);
    file.readAt(page, Number(at) * pageBytes);
    const kind = page.readUInt16LE(PAGE_FLAGS_AT) & (BRANCH | LEAF);
    if (page.readBigUInt64LE(0) !== at || kind === 0) return false;
    if (kind === BRANCH) open.push(...nodesOf(page).map((node) => childOf(page, node)));
    else if (nodesOf(page).some((node) => bigValueEnd(page, node) > pages)) return false;
  }
  return true;
}

/** Where the nodes of a page begin. */
function nodesOf(page: Buffer): number[] {
  const count = page.readUInt16LE(LOWER_AT) >> 1;
  return Array.from(
    { length: count },
    (_, n) => PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + 2 * n),
  );
}

function childOf(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
}

/** The page behind the value's last one; 0 where the value is in the leaf. */
function bigValueEnd(page: Buffer, node: number): bigint {
  if ((page.readUInt16LE(node + 4) & BIG_VALUE) === 0) return 0n;
  const at = node + NODE_HEADER_BYTES + page.readUInt16LE(node + 6);
  const big = page.subarray(at, at + BIG_BYTES);
  return big.readBigUInt64LE(0) + big.readBigUInt64LE(BIG_COUNT_AT);
}
