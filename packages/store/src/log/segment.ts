// One file of the log: a header and then frames, one behind the other, in space that was allocated
// and synced beforehand, so that a sync of new frames writes data and no metadata. The file gets
// its name when its header is durable: a named segment with a bad header is damaged, never half
// made.

import { assert, type Disk, type DiskFile } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";
import { corrupt, LogError } from "./log-error.ts";
import { segmentName } from "./segment-name.ts";

export const SEGMENT_HEADER_BYTES = 64;
const HEADER_CHECKED_BYTES = 48;
const MAGIC = Buffer.from("mraftlog", "latin1");
export const FORMAT_VERSION = 1;

/** A position in the log is one number: segment times this plus offset. No segment is larger. */
export const SEGMENT_BYTES_MAX = 2 ** 28;

/** Written at once while a segment is filled with zeros. */
const ZEROS_BYTES = 1 << 20;

export const toPosition = (segment: number, offsetBytes: number): number =>
  segment * SEGMENT_BYTES_MAX + offsetBytes;
export const segmentOf = (position: number): number => Math.floor(position / SEGMENT_BYTES_MAX);
export const offsetOf = (position: number): number => position % SEGMENT_BYTES_MAX;

export type SegmentHeader = {
  /** Consecutive, from 1 on. */
  readonly number: number;
  /** Sequence number of its first frame. */
  readonly firstSequence: number;
  /**
   * Lowest segment that was still needed when this one was made; those below may be there or not.
   */
  readonly floor: number;
  readonly sizeBytes: number;
  /** The same in all segments of a log. */
  readonly salt: number;
};

export class Segment {
  readonly header: SegmentHeader;
  readonly file: DiskFile;
  /** Where its frames begin, ascending. */
  readonly frameOffsets: number[] = [];
  /** Where the next frame goes. */
  tailBytes = SEGMENT_HEADER_BYTES;
  constructor(header: SegmentHeader, file: DiskFile) {
    this.header = header;
    this.file = file;
  }
  get number(): number {
    return this.header.number;
  }
  get roomBytes(): number {
    return this.header.sizeBytes - this.tailBytes;
  }
}

/**
 * Durable when it returns, name included. @param spare A file of that size to take instead of new
 * space: frames that it still holds are numbered below `firstSequence`, and nobody takes them for
 * new.
 */
export function createSegment(
  disk: Disk,
  directory: string,
  header: SegmentHeader,
  spare?: string,
): Segment {
  assert(header.sizeBytes <= SEGMENT_BYTES_MAX, "a segment larger than a position can tell");
  const name = disk.join(directory, segmentName(header.number));
  const draft = spare ?? name.replace(/log$/, "draft");
  const file = spare === undefined ? allocate(disk, draft, header) : disk.open(draft, "read-write");
  file.writeAt(encodeHeader(header), 0);
  file.syncData();
  file.close();
  disk.rename(draft, name);
  disk.syncDirectory(directory);
  return new Segment(header, disk.open(name, "read-write"));
}

function allocate(disk: Disk, path: string, { sizeBytes }: SegmentHeader): DiskFile {
  const file = disk.open(path, "create");
  const zeros = new Uint8Array(Math.min(ZEROS_BYTES, sizeBytes));
  for (let at = 0; at < sizeBytes; at += zeros.byteLength)
    file.writeAt(zeros.subarray(0, Math.min(zeros.byteLength, sizeBytes - at)), at);
  return file;
}

export function encodeHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC, 0);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.salt, true);
  view.setFloat64(16, header.number, true);
  view.setFloat64(24, header.firstSequence, true);
  view.setFloat64(32, header.floor, true);
  view.setFloat64(40, header.sizeBytes, true);
  view.setUint32(HEADER_CHECKED_BYTES, crc32c(bytes.subarray(0, HEADER_CHECKED_BYTES)), true);
  return bytes;
}

/** @throws LogError `ERR_MULTIRAFT_LOG_VERSION`, `ERR_MULTIRAFT_LOG_CORRUPT` */
export function readHeader(file: DiskFile, number: number): SegmentHeader {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const place = { segment: number, offsetBytes: 0 };
  if (file.readAt(bytes, 0) < bytes.byteLength || !MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw corrupt(place, "no header of a segment");
  const view = new DataView(bytes.buffer);
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION)
    throw new LogError(
      "ERR_MULTIRAFT_LOG_VERSION",
      `${file.path}: written in format ${version}, this version reads ${FORMAT_VERSION}`,
      { place },
    );
  const sum = crc32c(bytes.subarray(0, HEADER_CHECKED_BYTES));
  if (view.getUint32(HEADER_CHECKED_BYTES, true) !== sum)
    throw corrupt(place, "bad checksum of the header");
  const header = {
    salt: view.getUint32(12, true),
    number: view.getFloat64(16, true),
    firstSequence: view.getFloat64(24, true),
    floor: view.getFloat64(32, true),
    sizeBytes: view.getFloat64(40, true),
  };
  if (header.number !== number) throw corrupt(place, `the header says segment ${header.number}`);
  if (file.sizeBytes() < header.sizeBytes)
    throw corrupt(place, `${file.sizeBytes()} bytes are left of ${header.sizeBytes}`);
  return header;
}
