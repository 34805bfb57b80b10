// Where the durable record lives: one small file in a directory of its own, replaced as a whole. The
// directory belongs to one process at a time, since two drivers would give the same ids.
import type { DirectoryLock, Disk } from "@multiraft/runtime";
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

  /** Undefined for a directory that is new. @throws PdError for one that cannot be gone on with. */
  load(): PdRecord | undefined {
    return this.#disk.exists(this.#path)
      ? decodeRecord(this.#disk.readFile(this.#path))
      : undefined;
  }

  /** A few hundred bytes a store; under a millisecond on a quiet disk, and rare. Durable when it returns. */
  save(record: PdRecord): void {
    this.#disk.replaceFile(this.#path, encodeRecord(record));
  }

  close(): void {
    this.#lock?.release();
  }
}
