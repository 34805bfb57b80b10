// The machine's files, through node:fs, synchronously: the thread that calls waits. What writes or syncs much is
// a job, or has a thread of its own, as a log's actor does; others make and remove names, and rewrite small files.
// (Node's own pool of four would let one slow copy hold up each sync.)
import fs from "node:fs";
import path from "node:path";
import { assert } from "../assert.ts";
import { lockDirectory } from "./directory-lock.ts";
import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "./disk.ts";

const OPEN_FLAGS = { read: "r", "read-write": "r+", create: "wx+" } as const;

export class RealDisk implements Disk {
  open(file: string, mode: "read" | "read-write" | "create"): DiskFile {
    return translating(file, () => new RealFile(file, fs.openSync(file, OPEN_FLAGS[mode])));
  }

  exists(file: string): boolean {
    return fs.existsSync(file);
  }

  list(directory: string): DirectoryEntry[] {
    const entries = translating(directory, () =>
      fs.readdirSync(directory, { withFileTypes: true }),
    );
    return entries
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  makeDirectory(directory: string): void {
    translating(directory, () => fs.mkdirSync(directory));
  }

  rename(from: string, to: string): void {
    translating(from, () => fs.renameSync(from, to));
  }

  removeFile(file: string): void {
    translating(file, () => fs.unlinkSync(file));
  }

  removeTree(directory: string): void {
    translating(directory, () => fs.rmSync(directory, { recursive: true, force: true }));
  }

  syncDirectory(directory: string): void {
    translating(directory, () => {
      const descriptor = fs.openSync(directory, "r");
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }

  readFile(file: string): Uint8Array {
    const bytes = translating(file, () => fs.readFileSync(file));
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  replaceFile(file: string, bytes: Uint8Array): void {
    const draft = `${file}.draft`;
    this.#writeDraft(draft, bytes);
    this.rename(draft, file);
    this.syncDirectory(path.dirname(file));
  }

  lockDirectory(directory: string): DirectoryLock {
    return lockDirectory(this, directory);
  }

  join(...parts: string[]): string {
    return path.join(...parts);
  }

  /** A draft that a crash has left is begun anew. */
  #writeDraft(draft: string, bytes: Uint8Array): void {
    fs.rmSync(draft, { force: true });
    const file = this.open(draft, "create");
    try {
      file.writeAt(bytes, 0);
      file.syncData();
    } finally {
      file.close();
    }
  }
}

class RealFile implements DiskFile {
  readonly path: string;
  #descriptor: number | undefined;

  constructor(file: string, descriptor: number) {
    this.path = file;
    this.#descriptor = descriptor;
  }

  writeAt(bytes: Uint8Array, offsetBytes: number): void {
    const descriptor = this.#opened();
    translating(this.path, () => {
      for (let done = 0; done < bytes.byteLength; )
        done += fs.writeSync(descriptor, bytes, done, bytes.byteLength - done, offsetBytes + done);
    });
  }

  readAt(into: Uint8Array, offsetBytes: number): number {
    const descriptor = this.#opened();
    return translating(this.path, () => {
      let done = 0;
      while (done < into.byteLength) {
        const left = into.byteLength - done;
        const read = fs.readSync(descriptor, into, done, left, offsetBytes + done);
        if (read === 0) break;
        done += read;
      }
      return done;
    });
  }

  sizeBytes(): number {
    const descriptor = this.#opened();
    return translating(this.path, () => fs.fstatSync(descriptor).size);
  }

  truncate(sizeBytes: number): void {
    const descriptor = this.#opened();
    translating(this.path, () => fs.ftruncateSync(descriptor, sizeBytes));
  }

  syncData(): void {
    const descriptor = this.#opened();
    translating(this.path, () => fs.fdatasyncSync(descriptor));
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) translating(this.path, () => fs.closeSync(descriptor));
  }

  #opened(): number {
    assert(this.#descriptor !== undefined, () => `a closed file was used: ${this.path}`);
    return this.#descriptor;
  }
}

function translating<Result>(file: string, operation: () => Result): Result {
  try {
    return operation();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new DiskError(String(cause.code), file, cause.message, { cause });
  }
}
