// The ordered log of a store: takes appends in memory, makes them durable with one sync, and keeps
// an image of what they say. What was appended is folded at once and promised only after `commit`.
// A throw of either is final, since image and disk may differ from then on.
import { assert, type DirectoryLock } from "@multiraft/runtime";
import type { LogIndex } from "../raft/ids.ts";
import { mayFollow } from "./append-check.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { LogError } from "./log-error.ts";
import { type LifeImage, type LogImage, lastIndexOf } from "./log-image.ts";
import type { EntriesReply, LogStatus, RecoveredLife, RecoveredLog } from "./log-mail.ts";
import { LogReader } from "./log-reader.ts";
import { type LogFiles, LogWriter } from "./log-writer.ts";
import type { Life, LoggedEntry } from "./record.ts";
import { encodeRecords, scanRecord } from "./record-codec.ts";
import type { Recovery } from "./recovery.ts";
import { Rewriter } from "./rewrite.ts";

/** A frame that has grown to this is written at once: its sync is cheap beside its write. */
const FRAME_BODY_BYTES_MAX = 1 << 20;

/**
 * Copied along with a commit at least: a fraction of a millisecond on top of its sync. As much as
 * was appended is copied if that is more, so that copying keeps up however fast the log grows.
 */
const REWRITE_BYTES_MIN = 256 << 10;

/** So many dead segments are worth a new one before the last is full. */
const SEGMENTS_FREED_EARLY = 4;

/** Of entries in one answer, whatever was asked for. */
const READ_BYTES_MAX = 8 << 20;

export class Log {
  readonly #lock: DirectoryLock | undefined;
  readonly #image: LogImage;
  readonly #tornBytes: number;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #rewriter: Rewriter;
  readonly #frame = new FrameBuffer();
  #appends = 0;
  #uncommittedBytes = 0;

  /** By `LogOpening`. */
  constructor(
    lock: DirectoryLock | undefined,
    files: LogFiles,
    recovery: Recovery,
    deadRatioMax: number,
  ) {
    this.#lock = lock;
    this.#image = recovery.image;
    this.#tornBytes = recovery.tornBytes;
    this.#writer = new LogWriter(files, recovery.segments, recovery.nextSequence);
    const segments = () => this.#writer.segments;
    this.#reader = new LogReader(segments);
    this.#rewriter = new Rewriter(this.#image, this.#reader, segments, deadRatioMax);
  }

  /** What all appends so far say; right after `open`, what the log held. */
  recovered(): RecoveredLog {
    const { identity, livesBelow, lives, tombstones, splits } = this.#image;
    return {
      identity,
      livesBelow,
      lives: [...lives.values()].map(recoveredLife),
      tombstones: [...tombstones.values()].map(({ tombstone }) => tombstone),
      splits: [...splits.values()].map(({ pinnedIn: _, ...split }) => split),
      tornBytes: this.#tornBytes,
    };
  }

  /** One of them; undefined when it has ended. */
  recoveredLife(life: Life): RecoveredLife | undefined {
    const image = this.#image.lives.get(life);
    return image === undefined ? undefined : recoveredLife(image);
  }

  /** @param encoded By `encodeRecords`; copied before this returns. */
  append(encoded: Uint8Array): void {
    if (this.#frame.bodyBytes + encoded.byteLength > FRAME_BODY_BYTES_MAX) this.#writeFrame();
    this.#makeRoom(encoded.byteLength);
    this.#foldAppended(this.#frame.append(encoded));
    this.#appends += 1;
    this.#uncommittedBytes += encoded.byteLength;
  }

  /** Everything appended is durable when this returns. */
  commit(): void {
    if (this.#uncommittedBytes > 0) this.#rewriteSome();
    this.#writeFrame();
    this.#uncommittedBytes = 0;
    if (this.#freeableSegments() >= SEGMENTS_FREED_EARLY) this.#roll(0);
  }

  /**
   * Entries from `fromIndex` on, about `bytesMax`, at least one if there is one. All is committed.
   * @throws LogError `ERR_MULTIRAFT_LOG_COMPACTED`, `ERR_MULTIRAFT_LOG_CORRUPT`
   */
  readEntries(life: Life, fromIndex: LogIndex, bytesMax: number): EntriesReply {
    const image = this.#image.lives.get(life);
    if (image === undefined || fromIndex <= image.truncatedIndex)
      throw new LogError(
        "ERR_MULTIRAFT_LOG_COMPACTED",
        `entry ${fromIndex} of life ${life} is not in the log any more`,
      );
    assert(this.#frame.isEmpty, "an entry is read before it was written");
    const entries: LoggedEntry[] = [];
    const limitBytes = Math.min(bytesMax, READ_BYTES_MAX);
    let index = fromIndex;
    for (let bytes = 0; index <= lastIndexOf(image); index = (index + 1) as LogIndex) {
      bytes += image.entries.sizeOf(index);
      if (bytes > limitBytes && entries.length > 0) break;
      entries.push(this.#entry(image, index));
    }
    return { entries, isLast: index > lastIndexOf(image) };
  }

  /** Of the syncs since it was asked last; 0 where there was none. */
  takeSlowestSyncMs(): number {
    return this.#writer.syncTimes.takeSlowestMs();
  }

  status(): LogStatus {
    const { segments, sizeBytes, syncTimes } = this.#writer;
    return {
      segments: segments.length,
      sizeBytes,
      liveBytes: this.#image.live.total,
      appends: this.#appends,
      syncs: syncTimes.count,
      syncMsP50: syncTimes.percentileMs(0.5),
      syncMsP99: syncTimes.percentileMs(0.99),
    };
  }

  /** What was not committed is dropped. */
  close(): void {
    this.#writer.close();
    this.#lock?.release();
  }

  #entry(image: LifeImage, index: LogIndex): LoggedEntry {
    const position = image.entries.positionOf(index);
    assert(position !== undefined, "a hole among the entries of a life");
    return this.#reader.entryAt(position, index);
  }

  #writeFrame(): void {
    if (this.#frame.isEmpty) return;
    this.#writer.write(this.#frame);
    this.#frame.clear();
  }

  /** So that the frame, with `bytes` more, fits where it is going to stand: positions are final. */
  #makeRoom(bytes: number): void {
    if (this.#writer.hasRoomFor(this.#frame.bodyBytes + bytes)) return;
    this.#writeFrame();
    if (!this.#writer.hasRoomFor(bytes)) this.#roll(bytes);
  }

  #roll(bodyBytes: number): void {
    assert(this.#frame.isEmpty, "the image counts records as moved that are not written yet");
    const { tail } = this.#writer;
    this.#writer.roll(this.#image.live.lowestSegment() ?? tail.number + 1, bodyBytes);
  }

  #foldAppended(from: number): void {
    const base = this.#writer.position;
    let reader = this.#frame.readFrom(from);
    while (!reader.isAtEnd) {
      const start = reader.offset;
      const record = scanRecord(reader);
      if (mayFollow(this.#image, record)) this.#image.fold(record, base);
      else {
        this.#frame.remove(start, reader.offset);
        reader = this.#frame.readFrom(start);
      }
    }
  }

  #rewriteSome(): void {
    for (let left = Math.max(REWRITE_BYTES_MIN, this.#uncommittedBytes); left > 0; ) {
      const record = this.#rewriter.next();
      if (record === undefined) return;
      const encoded = encodeRecords([record]);
      this.#makeRoom(encoded.byteLength);
      const from = this.#frame.append(encoded);
      this.#image.fold(scanRecord(this.#frame.readFrom(from)), this.#writer.position);
      left -= encoded.byteLength;
    }
  }

  #freeableSegments(): number {
    const { segments, tail } = this.#writer;
    const floor = this.#image.live.lowestSegment() ?? tail.number;
    return Math.min(floor, tail.number) - (segments[0]?.number ?? floor);
  }
}

function recoveredLife(image: LifeImage): RecoveredLife {
  const { life, identity, hardState, generation, truncatedIndex, truncatedTerm } = image;
  assert(identity !== undefined, () => `life ${life} was never admitted`);
  const lastIndex = lastIndexOf(image);
  return { life, ...identity, hardState, generation, truncatedIndex, truncatedTerm, lastIndex };
}
