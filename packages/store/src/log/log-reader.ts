// Reads entries back from the segments. Whole frames are read, so that each byte that leaves the
// log has been checked, by a disk that may have changed since recovery as well; the last frame is
// kept, since the next entry mostly stands in the same.
import { assert } from "@multiraft/runtime";
import type { LogIndex } from "../raft/ids.ts";
import { checkFrame } from "./frame.ts";
import { corrupt } from "./log-error.ts";
import type { LoggedEntry } from "./record.ts";
import { readEntryAt } from "./record-codec.ts";
import { offsetOf, type Segment, segmentOf } from "./segment.ts";

type Frame = { readonly segment: number; readonly offset: number; readonly bytes: Uint8Array };

export class LogReader {
  readonly #segments: () => readonly Segment[];
  #last: Frame | undefined;

  constructor(segments: () => readonly Segment[]) {
    this.#segments = segments;
  }

  /** @param position Of an entry in a frame that was written. @throws LogError `…_LOG_CORRUPT` */
  entryAt(position: number, index: LogIndex): LoggedEntry {
    const frame = this.#frameAround(segmentOf(position), offsetOf(position));
    const entry = readEntryAt(frame.bytes, offsetOf(position) - frame.offset, index);
    return { ...entry, data: entry.data.slice() };
  }

  #frameAround(number: number, offset: number): Frame {
    const last = this.#last;
    if (last?.segment === number && contains(last, offset)) return last;
    const segment = this.#segments().find((each) => each.number === number);
    assert(segment !== undefined, "an entry of a segment that was freed");
    this.#last = readFrame(segment, lastAtOrBelow(segment.frameOffsets, offset));
    assert(contains(this.#last, offset), "an entry outside of its frame");
    return this.#last;
  }
}

const contains = ({ offset, bytes }: Frame, at: number): boolean =>
  at >= offset && at < offset + bytes.byteLength;

function readFrame(segment: Segment, at: number): Frame {
  const offset = segment.frameOffsets[at] ?? segment.tailBytes;
  const end = segment.frameOffsets[at + 1] ?? segment.tailBytes;
  const bytes = new Uint8Array(end - offset);
  segment.file.readAt(bytes, offset);
  const { firstSequence, salt } = segment.header;
  if (checkFrame(bytes, 0, firstSequence + at, salt) === undefined)
    throw corrupt({ segment: segment.number, offsetBytes: offset }, "bad checksum when read again");
  return { segment: segment.number, offset, bytes };
}

/** @returns Place in `ascending` of the last number at or below `bound`, -1 if there is none. */
function lastAtOrBelow(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? bound) <= bound) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
