// What has to be written again so that a segment can go. Each record tells what the image says at
// the moment it is taken, and is to be folded before the image changes again.
import type { LogIndex } from "../raft/ids.ts";
import type { LifeImage, LogImage } from "./log-image.ts";
import type { LogReader } from "./log-reader.ts";
import type { LoggedEntry, RewriteRecord, StoredRecord } from "./record.ts";
import { type Segment, segmentOf } from "./segment.ts";

/** With fewer than these there is nothing to gain. */
const SEGMENTS_MIN = 3;

/** Decides when too much is dead, and then hands out what the oldest segment still holds. */
export class Rewriter {
  readonly #image: LogImage;
  readonly #reader: LogReader;
  readonly #segments: () => readonly Segment[];
  readonly #deadRatioMax: number;
  /** Of one segment, while it is being emptied. */
  #records: Generator<StoredRecord, undefined> | undefined;

  constructor(
    image: LogImage,
    reader: LogReader,
    segments: () => readonly Segment[],
    deadRatioMax: number,
  ) {
    this.#image = image;
    this.#reader = reader;
    this.#segments = segments;
    this.#deadRatioMax = deadRatioMax;
  }

  /** The next record to repeat at the tail, now; undefined when that is enough for this time. */
  next(): StoredRecord | undefined {
    this.#records ??= this.#begin();
    const record = this.#records?.next().value;
    if (record === undefined) this.#records = undefined;
    return record;
  }

  /** Segments below the lowest live one are free already and count for nothing. */
  #begin(): Generator<StoredRecord, undefined> | undefined {
    const lowest = this.#image.live.lowestSegment();
    if (lowest === undefined) return undefined;
    const needed = this.#segments().filter(({ number }) => number >= lowest);
    const written = needed.reduce((sum, { tailBytes }) => sum + tailBytes, 0);
    const dead = written - this.#image.live.total;
    if (needed.length < SEGMENTS_MIN || dead <= written * this.#deadRatioMax) return undefined;
    return liveRecordsIn(lowest, this.#image, this.#reader);
  }
}

/** Entries copied by one record: small beside a frame, large beside the record's own 21 bytes. */
const COPY_BYTES = 64 << 10;

/** May be left lying between two records while the image changes. */
export function* liveRecordsIn(
  segment: number,
  image: LogImage,
  reader: LogReader,
): Generator<StoredRecord, undefined> {
  const { identity, livesBelow } = image;
  if (identity !== undefined && image.identityPinnedIn === segment)
    yield { kind: "store-identity", ...identity };
  if (image.livesBelowPinnedIn === segment) yield { kind: "life-block", below: livesBelow };
  for (const { tombstone, pinnedIn } of image.tombstones.values())
    if (pinnedIn === segment) yield { kind: "tombstone", life: undefined, tombstone };
  for (const { parentLife, index, pending, pinnedIn } of image.splits.values())
    if (pinnedIn === segment) yield { kind: "split", parentLife, index, children: pending };
  for (const life of image.lives.values()) {
    const copy = life.pinnedIn === segment ? lifeCopy(life) : undefined;
    if (copy !== undefined) yield copy;
    yield* entriesIn(segment, life, reader);
  }
}

function lifeCopy(image: LifeImage): RewriteRecord | undefined {
  const { life, identity, hardState, generation, truncatedIndex, truncatedTerm } = image;
  if (identity === undefined) return undefined;
  const log = { generation, truncatedIndex, truncatedTerm };
  return { kind: "life-copy", life, ...identity, hardState, ...log };
}

function* entriesIn(
  segment: number,
  { life, entries }: LifeImage,
  reader: LogReader,
): Generator<RewriteRecord, undefined> {
  let next = 0;
  while (!entries.isEmpty && next <= entries.lastIndex) {
    const run: LoggedEntry[] = [];
    let bytes = 0;
    next = Math.max(next, entries.firstIndex);
    for (; bytes < COPY_BYTES; next += 1) {
      const index = next as LogIndex;
      const position = entries.positionOf(index);
      if (position === undefined || segmentOf(position) !== segment) break;
      run.push(reader.entryAt(position, index));
      bytes += entries.sizeOf(index);
    }
    if (run.length > 0) yield { kind: "entries-copy", life, entries: run };
    else next += 1;
  }
}
