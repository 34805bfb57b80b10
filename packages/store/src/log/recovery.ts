// Reads a log back: every frame of every segment that is needed, in order, checked, and folded into
// an image. Only a frame that was never synced may be missing or torn, and that can only be the
// last one of the last segment; anything else is damage, reported with its place and never skipped.
import { assert, type Disk } from "@multiraft/runtime";
import { ByteReader } from "./byte-codec.ts";
import {
  checkFrame,
  FRAME_HEADER_BYTES,
  findLaterFrame,
  frameBytes,
  tornFrameBytes,
} from "./frame.ts";
import { corrupt } from "./log-error.ts";
import { LogImage } from "./log-image.ts";
import { checkNewest, noteNewest } from "./newest.ts";
import { scanRecord } from "./record-codec.ts";
import { readHeader, Segment, toPosition } from "./segment.ts";
import { isUnnamed, segmentName, segmentNumber } from "./segment-name.ts";

export type Recovery = {
  readonly image: LogImage;
  /** Ascending and consecutive; at least one. */
  readonly segments: readonly Segment[];
  readonly nextSequence: number;
  /** Of the frame that a crash had torn, as far as its header tells. */
  readonly tornBytes: number;
};

/**
 * Touches nothing before all of it was read and found good. @returns Undefined if there is no log.
 * @throws LogError `ERR_MULTIRAFT_LOG_CORRUPT`, `ERR_MULTIRAFT_LOG_VERSION`
 */
export function recoverLog(disk: Disk, directory: string): Recovery | undefined {
  const reading = new LogReading(disk, directory);
  while (!reading.isDone) reading.step();
  return reading.finish();
}

/** The same a segment a step, for who has other things to do between them. What throws has closed it. */
export class LogReading {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #newest: number | undefined;
  readonly #isToBeNoted: boolean;
  readonly #segments: readonly Segment[];
  readonly #image = new LogImage();
  #stepsDone = 0;
  #nextSequence: number;
  #tornBytes = 0;

  constructor(disk: Disk, directory: string) {
    const numbers = disk.list(directory).flatMap(({ name }) => segmentNumber(name) ?? []);
    numbers.sort((a, b) => a - b);
    this.#disk = disk;
    this.#directory = directory;
    this.#newest = numbers.at(-1);
    this.#isToBeNoted = checkNewest(disk, directory, this.#newest);
    this.#segments = openSegments(disk, directory, numbers);
    this.#nextSequence = this.#segments[0]?.header.firstSequence ?? 1;
  }

  get isDone(): boolean {
    return this.#stepsDone === this.#segments.length;
  }

  /** Of the next step. */
  get stepBytes(): number {
    return this.#segments[this.#stepsDone]?.header.sizeBytes ?? 0;
  }

  step(): void {
    const segment = this.#segments[this.#stepsDone];
    assert(segment !== undefined, "a log is read beyond its end");
    this.#orClose(() => this.#read(segment, this.#segments[this.#stepsDone + 1]));
    this.#stepsDone += 1;
  }

  finish(): Recovery | undefined {
    assert(this.isDone, "a log is used that was not read to its end");
    return this.#orClose(() => {
      const recovery = this.#segments.length > 0 ? this.#recovery() : undefined;
      removeLeftovers(this.#disk, this.#directory, this.#segments);
      if (recovery !== undefined) makeSure(this.#disk, this.#directory, recovery);
      if (this.#isToBeNoted) noteNewest(this.#disk, this.#directory, this.#newest ?? 0);
      return recovery;
    });
  }

  close(): void {
    for (const segment of this.#segments) segment.file.close();
  }

  #read(segment: Segment, following: Segment | undefined): void {
    const bytes = readAll(segment);
    this.#nextSequence = readFrames(segment, bytes, this.#nextSequence, this.#image);
    if (following !== undefined) checkJoint(segment, following, this.#nextSequence);
    else this.#tornBytes = checkTail(segment, bytes, this.#nextSequence);
  }

  #recovery(): Recovery {
    const missing = this.#image.whatIsMissing();
    const segment = this.#segments[0]?.number ?? 0;
    if (missing !== undefined) throw corrupt({ segment, offsetBytes: 0 }, `${missing} is missing`);
    return {
      image: this.#image,
      segments: this.#segments,
      nextSequence: this.#nextSequence,
      tornBytes: this.#tornBytes,
    };
  }

  #orClose<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** Those that the last segment says are needed, all of which must be there. */
function openSegments(disk: Disk, directory: string, numbers: readonly number[]): Segment[] {
  const last = numbers.at(-1);
  if (last === undefined) return [];
  const opened = [openSegment(disk, directory, last)];
  const floor = opened[0]?.header.floor ?? last;
  try {
    for (let number = last - 1; number >= floor; number -= 1) {
      if (!numbers.includes(number))
        throw corrupt({ segment: number, offsetBytes: 0 }, "the segment is missing");
      opened.unshift(openSegment(disk, directory, number));
    }
  } catch (error) {
    for (const segment of opened) segment.file.close();
    throw error;
  }
  return opened;
}

function openSegment(disk: Disk, directory: string, number: number): Segment {
  const file = disk.open(disk.join(directory, segmentName(number)), "read-write");
  try {
    return new Segment(readHeader(file, number), file);
  } catch (error) {
    file.close();
    throw error;
  }
}

function readAll({ header, file, number }: Segment): Uint8Array {
  const bytes = new Uint8Array(header.sizeBytes);
  const read = file.readAt(bytes, 0);
  if (read < bytes.byteLength) throw corrupt({ segment: number, offsetBytes: read }, "cut short");
  return bytes;
}

/** @returns The number of the first frame that is not there. */
function readFrames(
  segment: Segment,
  bytes: Uint8Array,
  firstSequence: number,
  image: LogImage,
): number {
  let sequence = firstSequence;
  for (;;) {
    const offset = segment.tailBytes;
    const bodyBytes = checkFrame(bytes, offset, sequence, segment.header.salt);
    if (bodyBytes === undefined) return sequence;
    foldFrame(segment, bytes, offset, bodyBytes, image);
    segment.frameOffsets.push(offset);
    segment.tailBytes = offset + frameBytes(bodyBytes);
    sequence += 1;
  }
}

function foldFrame(
  segment: Segment,
  bytes: Uint8Array,
  offset: number,
  bodyBytes: number,
  image: LogImage,
): void {
  const from = offset + FRAME_HEADER_BYTES;
  const reader = new ByteReader(bytes, from, from + bodyBytes);
  try {
    while (!reader.isAtEnd) image.fold(scanRecord(reader), toPosition(segment.number, 0));
  } catch (cause) {
    const place = { segment: segment.number, offsetBytes: reader.offset };
    throw corrupt(place, "a checked frame holds no records", { cause });
  }
}

/** The frame after the last good one was torn before its sync, unless one was written after it. */
function checkTail(
  { header, tailBytes, number }: Segment,
  bytes: Uint8Array,
  next: number,
): number {
  const later = findLaterFrame(bytes, tailBytes, next, header.salt);
  if (later !== undefined)
    throw corrupt(
      { segment: number, offsetBytes: tailBytes },
      `frame ${next} is damaged, one written after it stands at ${later}`,
    );
  return tornFrameBytes(bytes, tailBytes, next);
}

/** A segment is only followed by another when all its frames had been synced. */
function checkJoint(segment: Segment, following: Segment, next: number): void {
  const expected = following.header;
  if (expected.firstSequence === next && expected.salt === segment.header.salt) return;
  throw corrupt(
    { segment: segment.number, offsetBytes: segment.tailBytes },
    `frame ${next} is damaged, the next segment begins with ${expected.firstSequence}`,
  );
}

/** Half-made segments, spare ones, and those that were freed but whose removal a crash undid. */
function removeLeftovers(disk: Disk, directory: string, segments: readonly Segment[]): void {
  const floor = segments[0]?.number ?? 0;
  for (const { name } of disk.list(directory)) {
    const number = segmentNumber(name);
    if (number === undefined ? isUnnamed(name) : number < floor)
      disk.removeFile(disk.join(directory, name));
  }
}

/**
 * What was read may be no more than in the page cache: a process that was killed between write and
 * sync, or whose sync failed. Anything told from here on must outlive a power failure, so the name
 * of the last segment is synced, and the one frame in doubt is written again (a page whose
 * write-back failed counts as clean and is not written by a mere sync) and synced.
 */
function makeSure(disk: Disk, directory: string, { segments }: Recovery): void {
  const last = segments.at(-1);
  const offset = last?.frameOffsets.at(-1);
  if (last !== undefined && offset !== undefined) {
    const frame = new Uint8Array(last.tailBytes - offset);
    last.file.readAt(frame, offset);
    last.file.writeAt(frame, offset);
    last.file.syncData();
  }
  disk.syncDirectory(directory);
}
