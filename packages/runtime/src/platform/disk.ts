// The files a program may touch, synchronous: callers are jobs, writer threads and start-up code.
// One implementation over node:fs, one in memory that forgets what was not synced.

/** Thrown by every operation here. `code` is the system's (`ENOENT`, `EEXIST`, `ENOSPC`, `EIO`). */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** An open file. Closing is harmless when repeated; use after it is an assertion. */
export interface DiskFile {
  readonly path: string;
  /** Writes all of `bytes` at `offsetBytes`; the file grows as needed. */
  writeAt(bytes: Uint8Array, offsetBytes: number): void;
  /** @returns Bytes read: fewer than asked only at the end of the file. */
  readAt(into: Uint8Array, offsetBytes: number): number;
  sizeBytes(): number;
  truncate(sizeBytes: number): void;
  /** Data, and as much metadata as is needed to read it back (fdatasync). */
  syncData(): void;
  close(): void;
}

export type DirectoryEntry = { readonly name: string; readonly isDirectory: boolean };

export interface Disk {
  /** `create` makes a new file: `EEXIST` when there is one; the other two `ENOENT` when there is none. */
  open(path: string, mode: "read" | "read-write" | "create"): DiskFile;
  exists(path: string): boolean;
  /** Sorted by name. */
  list(directory: string): DirectoryEntry[];
  makeDirectory(path: string): void;
  /** Durable only after `syncDirectory` of the parent, as are creation and removal. */
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** With all that is below; harmless when absent. */
  removeTree(path: string): void;
  syncDirectory(path: string): void;
  readFile(path: string): Uint8Array;
  /** Write to a temporary name, sync, rename, sync the directory: after a crash old or new, whole. */
  replaceFile(path: string, bytes: Uint8Array): void;
  /**
   * Takes the directory for this process; the lock dies with the process.
   * @throws DiskError `ELOCKED` while another process holds it.
   */
  lockDirectory(path: string): DirectoryLock;
  join(...parts: string[]): string;
}

export interface DirectoryLock {
  release(): void;
}
