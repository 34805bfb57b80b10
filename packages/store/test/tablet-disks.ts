// Disks for the tablet tests: the machine's own, and one in memory that forgets what was not synced.
import fs from "node:fs";
import path from "node:path";
import {
  assert,
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "@multiraft/runtime";

type StoredFile = { bytes: Buffer; synced: Buffer; isEntrySynced: boolean };

/** One level of directories is durable at once; files are after a sync of theirs and of their parent. */
export class ForgetfulDisk implements Disk {
  readonly #files = new Map<string, StoredFile>();
  readonly #directories = new Set<string>(["/"]);
  /** Set to make every sync fail from now on. */
  isBroken = false;
  syncs = 0;

  /** @param tornBytes How much of what was written behind the synced end survives, in each file. */
  crash(tornBytes = 0): void {
    for (const [name, file] of this.#files) {
      if (!file.isEntrySynced) this.#files.delete(name);
      const end = Math.min(file.bytes.byteLength, file.synced.byteLength + tornBytes);
      file.bytes = Buffer.concat([file.synced, file.bytes.subarray(file.synced.byteLength, end)]);
    }
  }

  /** Overwrites one byte behind everybody's back. */
  damage(name: string, at: number): void {
    const file = this.#file(name);
    file.bytes = Buffer.from(file.bytes);
    file.bytes[at] = (file.bytes[at] ?? 0) ^ 0xff;
    file.synced = Buffer.from(file.bytes);
  }

  open(name: string, mode: "read" | "read-write" | "create"): DiskFile {
    if (mode === "create" && !this.#files.has(name))
      this.#files.set(name, {
        bytes: Buffer.alloc(0),
        synced: Buffer.alloc(0),
        isEntrySynced: false,
      });
    const file = this.#file(name);
    let isOpen = true;
    const opened = (): StoredFile => {
      assert(isOpen, "a closed file was used");
      return file;
    };
    return {
      path: name,
      writeAt: (bytes, offsetBytes) => {
        const size = Math.max(opened().bytes.byteLength, offsetBytes + bytes.byteLength);
        const grown = Buffer.alloc(size);
        grown.set(file.bytes);
        grown.set(bytes, offsetBytes);
        file.bytes = grown;
      },
      readAt: (into, offsetBytes) => {
        const read = opened().bytes.subarray(offsetBytes, offsetBytes + into.byteLength);
        into.set(read);
        return read.byteLength;
      },
      sizeBytes: () => opened().bytes.byteLength,
      truncate: (sizeBytes) => {
        opened().bytes = Buffer.from(file.bytes.subarray(0, sizeBytes));
      },
      syncData: () => {
        this.#sync(name);
        opened().synced = Buffer.from(file.bytes);
      },
      close: () => {
        isOpen = false;
      },
    };
  }

  exists(name: string): boolean {
    return this.#files.has(name) || this.#directories.has(name);
  }

  list(directory: string): DirectoryEntry[] {
    const inside = (name: string): boolean => path.dirname(name) === directory && name !== "/";
    const entries = [
      ...[...this.#files.keys()].map((name) => ({ name, isDirectory: false })),
      ...[...this.#directories].map((name) => ({ name, isDirectory: true })),
    ].filter((entry) => inside(entry.name));
    return entries.map((entry) => ({ ...entry, name: path.basename(entry.name) }));
  }

  makeDirectory(name: string): void {
    if (this.exists(name)) throw new DiskError("EEXIST", name, `EEXIST: ${name}`);
    this.#directories.add(name);
  }

  rename(from: string, to: string): void {
    this.#files.set(to, this.#file(from));
    this.#files.delete(from);
  }

  removeFile(name: string): void {
    this.#file(name);
    this.#files.delete(name);
  }

  removeTree(name: string): void {
    for (const key of [...this.#files.keys(), ...this.#directories])
      if (key === name || key.startsWith(`${name}/`)) {
        this.#files.delete(key);
        this.#directories.delete(key);
      }
  }

  syncDirectory(directory: string): void {
    this.#sync(directory);
    for (const [name, file] of this.#files)
      if (path.dirname(name) === directory) file.isEntrySynced = true;
  }

  readFile(name: string): Uint8Array {
    return this.#file(name).bytes;
  }

  replaceFile(name: string, bytes: Uint8Array): void {
    this.#sync(name);
    const copy = Buffer.from(bytes);
    this.#files.set(name, { bytes: copy, synced: copy, isEntrySynced: true });
  }

  lockDirectory(): DirectoryLock {
    return { release: () => undefined };
  }

  join(...parts: string[]): string {
    return path.posix.join(...parts);
  }

  #file(name: string): StoredFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new DiskError("ENOENT", name, `ENOENT: ${name}`);
    return file;
  }

  #sync(name: string): void {
    if (this.isBroken) throw new DiskError("EIO", name, `EIO: ${name}`);
    this.syncs += 1;
  }
}

/** As much of the machine's file system as tablets need. */
export function machineDisk(): Disk {
  return {
    open(name, mode) {
      const flags = { read: "r", "read-write": "r+", create: "wx+" }[mode];
      const fd = fs.openSync(name, flags);
      let isOpen = true;
      return {
        path: name,
        writeAt: (bytes, offsetBytes) => void fs.writeSync(fd, bytes, 0, undefined, offsetBytes),
        readAt: (into, offsetBytes) => fs.readSync(fd, into, 0, into.byteLength, offsetBytes),
        sizeBytes: () => fs.fstatSync(fd).size,
        truncate: (sizeBytes) => fs.ftruncateSync(fd, sizeBytes),
        syncData: () => fs.fdatasyncSync(fd),
        close: () => {
          if (isOpen) fs.closeSync(fd);
          isOpen = false;
        },
      };
    },
    exists: fs.existsSync,
    list: (directory) =>
      fs.readdirSync(directory, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isDirectory: entry.isDirectory(),
      })),
    makeDirectory: (name) => void fs.mkdirSync(name),
    rename: fs.renameSync,
    removeFile: fs.unlinkSync,
    removeTree: (name) => fs.rmSync(name, { recursive: true, force: true }),
    syncDirectory: syncPath,
    readFile: (name) => fs.readFileSync(name),
    replaceFile(name, bytes) {
      fs.writeFileSync(`${name}.new`, bytes);
      syncPath(`${name}.new`);
      fs.renameSync(`${name}.new`, name);
      syncPath(path.dirname(name));
    },
    lockDirectory: () => ({ release: () => undefined }),
    join: path.join,
  };
}

function syncPath(name: string): void {
  const fd = fs.openSync(name, "r");
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}
