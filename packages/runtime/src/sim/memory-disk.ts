// A disk in memory that knows what was synced, and can lose its power at any write. What was not synced is
// gone then, or kept in any part: sectors and names one by one.
import { assert } from "../assert.ts";
import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "../platform/disk.ts";
import type { Random } from "../platform/random.ts";
import { MemoryFile } from "./memory-file.ts";
import { findDirectory, findPlace, MemoryDirectory, splitPath } from "./memory-tree.ts";

/**
 * What was not synced survives a crash: not at all, in full, or sector by sector and name by name. Or only the
 * process ends: then it survives, and a crash after that may still take it.
 */
export type KeptAtCrash = "nothing" | "everything" | "page-cache" | { readonly some: Random };

export type CrashPoint = {
  /** Of the write that is cut off, if it is one: the bytes that got through. */
  readonly tornBytes?: number;
};

export class MemoryDisk implements Disk {
  #root = new MemoryDirectory();
  readonly #locked = new Set<string>();
  /** Files opened before a crash belong to a process that is gone. */
  #boot = 1;
  #writes = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #hasStopped = false;
  #tornBytes = 0;
  #failingSyncs = 0;
  /** Only of files whose path begins so. */
  #failingUnder = "";
  #isFull = false;
  #syncs = 0;

  /** Operations so far that change what a crash would leave: writes, names, and syncs. */
  get writesSoFar(): number {
    return this.#writes;
  }

  get syncsSoFar(): number {
    return this.#syncs;
  }

  /** Paths of what a power cut may take back: names that came or went, files that were written. Sorted. */
  get unsynced(): readonly string[] {
    return [...this.#root.unsynced("")].sort();
  }

  /** The disk stops after `writes` more operations: each later one throws `ESTOPPED`, until `crash`. */
  crashAfter(writes: number, point: CrashPoint = {}): void {
    this.#crashAt = this.#writes + writes;
    this.#tornBytes = point.tornBytes ?? 0;
  }

  /**
   * The next `times` syncs of files throw `EIO`, and what they should have made durable never is.
   * @param under Only of files whose path begins so: a part of the disk that has gone bad.
   */
  failSyncs(times = 1, under = ""): void {
    this.#failingSyncs = times;
    this.#failingUnder = under;
  }

  /** From now on what needs more room throws `ENOSPC`: new names, and writes beyond the end of a file. */
  fillUp(): void {
    this.#isFull = true;
  }

  makeRoom(): void {
    this.#isFull = false;
  }

  /** One with the same content, right after a crash; neither changes with the other. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    copy.#root = this.#root.copy();
    return copy;
  }

  /** The medium goes bad: one bit of what was synced is another. */
  flipBit(path: string, offsetBytes: number, bit: number): void {
    this.#fileAt(path).flipBit(offsetBytes, bit);
  }

  /** A name is gone, and what it led to. */
  lose(path: string): void {
    const { directory, name, node } = findPlace(this.#root, path);
    if (node === undefined) throw notThere(path, node);
    directory.lose(name);
  }

  /**
   * Right after a crash. @returns Puts the file there as it is now, whatever has become of it; where its
   * directory is gone by then, nothing.
   */
  keep(path: string): () => void {
    const { directory, name } = findPlace(this.#root, path);
    const kept = this.#fileAt(path).copy();
    return () => directory.put(name, kept);
  }

  /** Of a file, what a crash would leave. */
  durableBytes(path: string): number {
    return this.#fileAt(path).durableBytes;
  }

  /** Power goes and comes back. Open files and locks are those of a process that is gone. */
  crash(kept: KeptAtCrash = "nothing"): void {
    if (kept !== "page-cache") this.#root.crash(keeper(kept));
    this.endProcess();
  }

  /** The process ends, the machine does not: nothing is lost but open files and locks. */
  endProcess(): void {
    this.#boot += 1;
    this.#locked.clear();
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.#hasStopped = false;
    this.#failingSyncs = 0;
  }

  open(path: string, mode: "read" | "read-write" | "create"): DiskFile {
    const { node } = findPlace(this.#root, path);
    if (mode === "create") return this.#create(path);
    if (node instanceof MemoryFile) return this.#openFile(path, node, mode === "read-write");
    throw notThere(path, node);
  }

  exists(path: string): boolean {
    try {
      return findPlace(this.#root, path).node !== undefined;
    } catch (error) {
      if (error instanceof DiskError) return false;
      throw error;
    }
  }

  list(directory: string): DirectoryEntry[] {
    const { names } = findDirectory(this.#root, directory);
    return [...names.keys()]
      .sort()
      .map((name) => ({ name, isDirectory: names.get(name) instanceof MemoryDirectory }));
  }

  makeDirectory(path: string): void {
    const { directory, name, node } = findPlace(this.#root, path);
    if (node !== undefined) throw new DiskError("EEXIST", path, `it exists: ${path}`);
    this.#takeRoom(path);
    this.#write(path);
    directory.names.set(name, new MemoryDirectory());
  }

  rename(from: string, to: string): void {
    const source = findPlace(this.#root, from);
    const target = findPlace(this.#root, to);
    if (source.node === undefined) throw notThere(from, undefined);
    refuseReplacing(source.node, target.node, to);
    this.#write(from);
    source.directory.names.delete(source.name);
    target.directory.names.set(target.name, source.node);
  }

  removeFile(path: string): void {
    const { directory, name, node } = findPlace(this.#root, path);
    if (!(node instanceof MemoryFile)) throw notThere(path, node);
    this.#write(path);
    directory.names.delete(name);
  }

  removeTree(path: string): void {
    if (!this.exists(path)) return;
    const { directory, name, node } = findPlace(this.#root, path);
    // Name by name, deepest first, as the real one does: a crash may come between any two.
    if (node instanceof MemoryDirectory)
      for (const child of [...node.names.keys()]) this.removeTree(this.join(path, child));
    this.#write(path);
    directory.names.delete(name);
  }

  syncDirectory(path: string): void {
    const directory = findDirectory(this.#root, path);
    this.#write(path);
    this.#syncs += 1;
    directory.sync();
  }

  readFile(path: string): Uint8Array {
    const file = this.open(path, "read");
    const bytes = new Uint8Array(file.sizeBytes());
    file.readAt(bytes, 0);
    file.close();
    return bytes;
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    const draft = `${path}.draft`;
    if (this.exists(draft)) this.removeFile(draft);
    const file = this.open(draft, "create");
    file.writeAt(bytes, 0);
    file.syncData();
    file.close();
    this.rename(draft, path);
    this.syncDirectory(this.join(path, ".."));
  }

  lockDirectory(path: string): DirectoryLock {
    findDirectory(this.#root, path);
    const key = this.join(path);
    if (this.#locked.has(key)) throw new DiskError("ELOCKED", path, `it is locked: ${path}`);
    this.#locked.add(key);
    const boot = this.#boot;
    return {
      release: () => {
        if (boot === this.#boot) this.#locked.delete(key);
      },
    };
  }

  join(...parts: string[]): string {
    return `/${splitPath(parts.join("/")).join("/")}`;
  }

  #fileAt(path: string): MemoryFile {
    const { node } = findPlace(this.#root, path);
    if (!(node instanceof MemoryFile)) throw notThere(path, node);
    return node;
  }

  #create(path: string): DiskFile {
    const { directory, name, node } = findPlace(this.#root, path);
    if (node !== undefined) throw new DiskError("EEXIST", path, `it exists: ${path}`);
    this.#takeRoom(path);
    this.#write(path);
    const file = new MemoryFile();
    directory.names.set(name, file);
    return this.#openFile(path, file, true);
  }

  #openFile(path: string, file: MemoryFile, isWritable: boolean): DiskFile {
    const boot = this.#boot;
    let isOpen = true;
    const opened = (): MemoryFile => {
      assert(isOpen, () => `a closed file was used: ${path}`);
      assert(boot === this.#boot, () => `a file of an earlier process was used: ${path}`);
      return file;
    };
    const writable = (): MemoryFile => {
      assert(isWritable, () => `a file opened for reading was written: ${path}`);
      return opened();
    };
    return {
      path,
      writeAt: (bytes, offsetBytes) => this.#writeFile(writable(), path, bytes, offsetBytes),
      readAt: (into, offsetBytes) => opened().read(into, offsetBytes),
      sizeBytes: () => opened().sizeBytes,
      truncate: (sizeBytes) => {
        const truncated = writable();
        this.#write(path);
        truncated.truncate(sizeBytes);
      },
      syncData: () => this.#syncFile(opened(), path),
      close: () => {
        isOpen = false;
      },
    };
  }

  #writeFile(file: MemoryFile, path: string, bytes: Uint8Array, offsetBytes: number): void {
    if (offsetBytes + bytes.byteLength > file.sizeBytes) this.#takeRoom(path);
    if (this.#writes === this.#crashAt && !this.#hasStopped)
      file.write(bytes.subarray(0, this.#tornBytes), offsetBytes);
    this.#write(path);
    file.write(bytes, offsetBytes);
  }

  #syncFile(file: MemoryFile, path: string): void {
    this.#write(path);
    this.#syncs += 1;
    if (this.#failingSyncs > 0 && path.startsWith(this.#failingUnder)) {
      this.#failingSyncs -= 1;
      file.forgetDirty();
      throw new DiskError("EIO", path, `a sync failed: ${path}`);
    }
    file.sync();
  }

  #takeRoom(path: string): void {
    if (this.#isFull) throw new DiskError("ENOSPC", path, `no room is left: ${path}`);
  }

  /** Before each operation that changes anything. */
  #write(path: string): void {
    if (this.#writes >= this.#crashAt) {
      this.#hasStopped = true;
      throw new DiskError("ESTOPPED", path, "the disk has stopped");
    }
    this.#writes += 1;
  }
}

function keeper(kept: Exclude<KeptAtCrash, "page-cache">): () => boolean {
  if (kept === "nothing") return () => false;
  if (kept === "everything") return () => true;
  return () => kept.some.below(2) === 1;
}

function notThere(path: string, node: MemoryFile | MemoryDirectory | undefined): DiskError {
  return node === undefined
    ? new DiskError("ENOENT", path, `no such file: ${path}`)
    : new DiskError("EISDIR", path, `it is a directory: ${path}`);
}

function refuseReplacing(
  source: MemoryFile | MemoryDirectory,
  target: MemoryFile | MemoryDirectory | undefined,
  path: string,
): void {
  if (target === undefined || target === source) return;
  if (target instanceof MemoryDirectory && source instanceof MemoryFile)
    throw new DiskError("EISDIR", path, `it is a directory: ${path}`);
  if (target instanceof MemoryFile && source instanceof MemoryDirectory)
    throw new DiskError("ENOTDIR", path, `it is a file: ${path}`);
  if (target instanceof MemoryDirectory && target.names.size > 0)
    throw new DiskError("ENOTEMPTY", path, `it is not empty: ${path}`);
}
