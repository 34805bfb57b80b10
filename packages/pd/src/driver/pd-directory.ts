// Where the durable record lives: one small file in a directory of its own, replaced as a whole. The
// directory belongs to one process at a time, since two drivers would give the same ids.
import type { DirectoryLock, Disk } from "@multiraft/runtime";
import { PdError } from "../pd-error.ts";
import { decodeRecord, encodeRecord, type PdRecord } from "./pd-record.ts";

const FILE_NAME = "placement-driver";

export class PdDirectory {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #lock: DirectoryLock | undefined;

  /** Made if it is not there; durable in its parent before anything is written into it. */
  constructor(disk: Disk, directory: string, isLockedOutside = false) {
    this.#disk = disk;
    this.#path = disk.join(directory, FILE_NAME);
    if (!disk.exists(directory)) disk.makeDirectory(directory);
    disk.syncDirectory(disk.join(directory, ".."));
    this.#lock = isLockedOutside ? undefined : disk.lockDirectory(directory);
  }

  /**
   * @param isExpected The directory is not new. @returns Undefined for one that is.
   * @throws PdError for one that cannot be gone on with.
   */
  load(isExpected = false): PdRecord | undefined {
    if (this.#disk.exists(this.#path)) return decodeRecord(this.#disk.readFile(this.#path));
    if (!isExpected) return undefined;
    throw new PdError("ERR_MULTIRAFT_PD_MISSING", `${this.#path} is gone`);
  }

  /** A few hundred bytes a store; under a millisecond on a quiet disk, and rare. Durable when it returns. */
  save(record: PdRecord): void {
    this.#disk.replaceFile(this.#path, encodeRecord(record));
  }

  close(): void {
    this.#lock?.release();
  }
}
