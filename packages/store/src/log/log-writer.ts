// Appends frames to the last segment, one write and one sync each, and rolls to a new segment. A
// frame is written only after the one before it was synced, a segment only freed after the header
// of a later one says durably that it is not needed.
import { assert, type Clock, type Disk } from "@multiraft/runtime";
import { frameBytes } from "./frame.ts";
import type { FrameBuffer } from "./frame-buffer.ts";
import { noteNewest } from "./newest.ts";
import {
  createSegment,
  SEGMENT_HEADER_BYTES,
  type Segment,
  type SegmentHeader,
  toPosition,
} from "./segment.ts";
import { segmentName, spareName } from "./segment-name.ts";
import { SyncTimes } from "./sync-times.ts";

/**
 * Freed segments kept as space: truncations come in bursts, and a roll into new space takes long.
 */
const SPARES_MAX = 4;

export type LogFiles = {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly segmentBytes: number;
};

export class LogWriter {
  readonly #files: LogFiles;
  readonly #segments: Segment[];
  /** Paths of files of `segmentBytes`. */
  readonly #spares: string[] = [];
  #nextSequence: number;
  readonly syncTimes = new SyncTimes();

  /** @param segments Ascending; the last one is written to. */
  constructor(files: LogFiles, segments: readonly Segment[], nextSequence: number) {
    assert(segments.length > 0, "a log without a segment");
    this.#files = files;
    this.#segments = [...segments];
    this.#nextSequence = nextSequence;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }
  get tail(): Segment {
    const tail = this.#segments.at(-1);
    assert(tail !== undefined, "a log without a segment");
    return tail;
  }
  get sizeBytes(): number {
    const spareBytes = this.#spares.length * this.#files.segmentBytes;
    return this.#segments.reduce((sum, { header }) => sum + header.sizeBytes, spareBytes);
  }
  /** Where the next frame will stand. */
  get position(): number {
    return toPosition(this.tail.number, this.tail.tailBytes);
  }

  hasRoomFor(bodyBytes: number): boolean {
    return frameBytes(bodyBytes) <= this.tail.roomBytes;
  }

  /** Durable when it returns. A throw is final: nobody knows what the disk holds now. */
  write(frame: FrameBuffer): void {
    const { tail } = this;
    assert(this.hasRoomFor(frame.bodyBytes), "a frame larger than its segment");
    const bytes = frame.seal(this.#nextSequence, tail.header.salt);
    tail.file.writeAt(bytes, tail.tailBytes);
    const startMs = this.#files.clock.nowMs();
    tail.file.syncData();
    this.syncTimes.add(this.#files.clock.nowMs() - startMs);
    tail.frameOffsets.push(tail.tailBytes);
    tail.tailBytes += bytes.byteLength;
    this.#nextSequence += 1;
  }

  /**
   * To a new segment with room for a frame of `bodyBytes`. @param floor The lowest segment that is
   * still needed, judged by what is durable: none below it outlives this call.
   */
  roll(floor: number, bodyBytes: number): void {
    const { header } = this.tail;
    const { disk, directory, segmentBytes } = this.#files;
    const number = header.number + 1;
    const sizeBytes = Math.max(segmentBytes, SEGMENT_HEADER_BYTES + frameBytes(bodyBytes));
    const next: SegmentHeader = {
      number,
      firstSequence: this.#nextSequence,
      floor: Math.min(floor, number),
      sizeBytes,
      salt: header.salt,
    };
    const spare = sizeBytes === segmentBytes ? this.#spares.pop() : undefined;
    this.#segments.push(createSegment(disk, directory, next, spare));
    noteNewest(disk, directory, number);
    this.#freeBelow(next.floor);
  }

  close(): void {
    for (const { file } of this.#segments) file.close();
  }

  /**
   * The removals need no sync: a name that a crash brings back is below the floor and goes again.
   */
  #freeBelow(floor: number): void {
    for (;;) {
      const first = this.#segments[0];
      if (first === undefined || first.number >= floor) return;
      this.#segments.shift();
      first.file.close();
      this.#free(first);
    }
  }

  #free({ header }: Segment): void {
    const { disk, directory, segmentBytes } = this.#files;
    const name = disk.join(directory, segmentName(header.number));
    if (header.sizeBytes !== segmentBytes || this.#spares.length >= SPARES_MAX)
      disk.removeFile(name);
    else {
      const spare = disk.join(directory, spareName(header.number));
      disk.rename(name, spare);
      this.#spares.push(spare);
    }
  }
}
