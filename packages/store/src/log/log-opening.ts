// A log on its way to being open: its directory is taken, and what it holds is read back a segment a step, so that
// whoever opens a large one has turns for others in between.
import { dirname } from "node:path";
import { assert, type DirectoryLock, type Environment } from "@multiraft/runtime";
import { Log } from "./log.ts";
import { LogImage } from "./log-image.ts";
import type { LogFiles } from "./log-writer.ts";
import { noteNewest } from "./newest.ts";
import { LogReading, type Recovery } from "./recovery.ts";
import { createSegment, SEGMENT_HEADER_BYTES } from "./segment.ts";

export type LogOptions = {
  /** Default 16 MiB: large beside the cost of a new one, small beside what a busy store logs. */
  readonly segmentBytes?: number;
  /**
   * Above this share of dead bytes the oldest live ones are rewritten. Default a half: in the long
   * run at most one byte is then written again for each one appended.
   */
  readonly deadRatioMax?: number;
  /**
   * The directory is within one that whoever opens this has locked: none of its own is taken, which a
   * thread that dies would leave to a process that lives on.
   */
  readonly isLockedOutside?: boolean;
};

const SEGMENT_BYTES = 16 << 20;
const DEAD_RATIO_MAX = 0.5;

/** To its end, at once. @throws LogError */
export function openLog(environment: Environment, directory: string, options?: LogOptions): Log {
  const opening = new LogOpening(environment, directory, options);
  for (;;) {
    const log = opening.step();
    if (log !== undefined) return log;
  }
}

export class LogOpening {
  readonly #lock: DirectoryLock | undefined;
  readonly #reading: LogReading;
  readonly #files: LogFiles;
  readonly #salt: number;
  readonly #deadRatioMax: number;

  /** Takes the directory, makes it where it is absent. @throws LogError; nothing is held then. */
  constructor(environment: Environment, directory: string, options: LogOptions = {}) {
    const { disk, clock, random } = environment;
    const { segmentBytes = SEGMENT_BYTES, deadRatioMax = DEAD_RATIO_MAX } = options;
    this.#files = { disk, directory, clock, segmentBytes };
    this.#deadRatioMax = deadRatioMax;
    if (!disk.exists(directory)) disk.makeDirectory(directory);
    // Even if it was there: whoever made it may have been killed before this.
    disk.syncDirectory(dirname(directory));
    this.#lock = options.isLockedOutside ? undefined : disk.lockDirectory(directory);
    this.#salt = random.fork("log").below(2 ** 32);
    this.#reading = this.#orRelease(() => new LogReading(disk, directory));
  }

  /** Of the next step. */
  get stepBytes(): number {
    return this.#reading.stepBytes;
  }

  /** @returns With the last step the log, which has all that was held. @throws LogError; nothing is held then. */
  step(): Log | undefined {
    return this.#orRelease(() => {
      const reading = this.#reading;
      if (!reading.isDone) reading.step();
      if (!reading.isDone) return undefined;
      const recovery = reading.finish() ?? firstSegment(this.#files, this.#salt);
      return new Log(this.#lock, this.#files, recovery, this.#deadRatioMax);
    });
  }

  /** Instead of further steps. */
  close(): void {
    this.#reading.close();
    this.#lock?.release();
  }

  #orRelease<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      this.#lock?.release();
      throw error;
    }
  }
}

function firstSegment({ disk, directory, segmentBytes }: LogFiles, salt: number): Recovery {
  const first = { number: 1, firstSequence: 1, floor: 1, sizeBytes: segmentBytes, salt };
  assert(segmentBytes > SEGMENT_HEADER_BYTES, "a segment without room for a frame");
  const segment = createSegment(disk, directory, first);
  noteNewest(disk, directory, first.number);
  return { image: new LogImage(), segments: [segment], nextSequence: 1, tornBytes: 0 };
}
