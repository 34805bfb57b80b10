// A disk in memory that knows what was synced. A power cut keeps what was, and of the rest nothing,
// all, or any part: sectors and names one by one, or just what was written last.
import { type DirectoryEntry, type Disk, DiskError, type DiskFile } from "@multiraft/runtime";

/** Far smaller than a real one, so that small frames tear in many ways. */
const SECTOR_BYTES = 32;

export type Kept = "nothing unsynced" | "everything" | "some" | "only the last write";

/** Thrown by the operation before which the power goes. */
export class PowerCut extends Error {}

class Inode {
  bytes = new Uint8Array(0);
  durable = new Uint8Array(0);
  readonly dirty = new Set<number>();
}

type NameChange =
  | { readonly kind: "link"; readonly path: string; readonly inode: Inode }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "directory"; readonly path: string };

type Names = { readonly files: Map<string, Inode>; readonly directories: Set<string> };

export class CrashDisk implements Disk {
  #names: Names = { files: new Map(), directories: new Set(["/"]) };
  #durable: Names = { files: new Map(), directories: new Set(["/"]) };
  #pending: NameChange[] = [];
  /** Sectors of the last write. */
  #lastWritten: { readonly inode: Inode; readonly sectors: ReadonlySet<number> } | undefined;
  readonly #locks = new Set<string>();
  /** Operations that change the disk, syncs included, so far. */
  operations = 0;
  cutAt = Number.POSITIVE_INFINITY;
  /** Syncs so far, and what each was of. */
  readonly syncs: string[] = [];
  skippedSync = -1;
  failedSync = -1;

  open(path: string, mode: "read" | "read-write" | "create"): DiskFile {
    if (mode === "create") {
      this.#step();
      if (this.#names.files.has(path)) throw new DiskError("EEXIST", path, "exists");
      this.#change({ kind: "link", path, inode: new Inode() });
    }
    const inode = this.#names.files.get(path);
    if (inode === undefined) throw new DiskError("ENOENT", path, `no such file: ${path}`);
    return this.#file(path, inode);
  }

  exists(path: string): boolean {
    return this.#names.files.has(path) || this.#names.directories.has(path);
  }

  list(directory: string): DirectoryEntry[] {
    const names = [...this.#names.files.keys()].filter((path) => parentOf(path) === directory);
    return names.sort().map((path) => ({ name: baseOf(path), isDirectory: false }));
  }

  makeDirectory(path: string): void {
    this.#step();
    this.#change({ kind: "directory", path });
  }

  rename(from: string, to: string): void {
    this.#step();
    this.#change({ kind: "rename", path: from, to });
  }

  removeFile(path: string): void {
    this.#step();
    this.#change({ kind: "unlink", path });
  }

  removeTree(): void {
    throw new Error("the log removes no tree");
  }

  syncDirectory(path: string): void {
    if (!this.#sync(`names in ${path}`)) return;
    const isHere = (change: NameChange) => parentOf(change.path) === path;
    for (const change of this.#pending.filter(isHere)) applyChange(this.#durable, change);
    this.#pending = this.#pending.filter((change) => !isHere(change));
  }

  readFile(path: string): Uint8Array {
    const file = this.open(path, "read");
    const bytes = new Uint8Array(file.sizeBytes());
    file.readAt(bytes, 0);
    return bytes;
  }

  replaceFile(): void {
    throw new Error("the log replaces no file");
  }

  lockDirectory(path: string): { release(): void } {
    if (this.#locks.has(path)) throw new DiskError("ELOCKED", path, "locked");
    this.#locks.add(path);
    return { release: () => this.#locks.delete(path) };
  }

  join(...parts: string[]): string {
    return parts.join("/");
  }

  /** The process ends; what it wrote is still in the page cache. */
  kill(): void {
    this.cutAt = Number.POSITIVE_INFINITY;
    this.#locks.clear();
  }

  /** @param chance In [0, 1), drawn for each sector and name when `some` are kept. */
  powerCut(kept: Kept, chance: () => number): void {
    this.kill();
    const keeps = () => kept === "everything" || (kept === "some" && chance() < 0.5);
    const last = kept === "only the last write" ? this.#lastWritten : undefined;
    for (const change of this.#pending) if (keeps()) applyChange(this.#durable, change);
    this.#pending = [];
    for (const inode of this.#durable.files.values())
      keepSectors(
        inode,
        (sector) => keeps() || (last?.inode === inode && last.sectors.has(sector)),
      );
    this.#names = copyNames(this.#durable);
  }

  /** Bytes as they stand, to damage. */
  bytesOf(path: string): Uint8Array {
    const inode = this.#names.files.get(path);
    if (inode === undefined) throw new Error(`no such file: ${path}`);
    return inode.bytes;
  }

  #file(path: string, inode: Inode): DiskFile {
    return {
      path,
      writeAt: (bytes, offset) => {
        this.#step();
        this.#lastWritten = { inode, sectors: write(inode, bytes, offset) };
      },
      readAt: (into, offset) => {
        const part = inode.bytes.subarray(offset, offset + into.byteLength);
        into.set(part);
        return part.byteLength;
      },
      sizeBytes: () => inode.bytes.byteLength,
      truncate: (sizeBytes) => {
        this.#step();
        inode.bytes = resized(inode.bytes, sizeBytes);
      },
      syncData: () => {
        this.#syncData(inode, `data of ${baseOf(path)}`);
      },
      close: () => {},
    };
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#pending.push(change);
  }

  #step(): void {
    if (this.operations === this.cutAt) throw new PowerCut("the power goes");
    this.operations += 1;
  }

  /** One that fails leaves its sectors clean, as Linux does: no later sync will write them. */
  #syncData(inode: Inode, what: string): void {
    const sectors = [...inode.dirty];
    try {
      if (!this.#sync(what)) return;
    } catch (error) {
      if (error instanceof DiskError) inode.dirty.clear();
      throw error;
    }
    inode.durable = resized(inode.durable, inode.bytes.byteLength);
    for (const sector of sectors) copySector(inode, sector, inode.durable);
    inode.dirty.clear();
  }

  /** @returns Whether to do it. */
  #sync(what: string): boolean {
    this.#step();
    this.syncs.push(what);
    const number = this.syncs.length - 1;
    if (number === this.failedSync) throw new DiskError("EIO", what, `sync failed: ${what}`);
    return number !== this.skippedSync;
  }
}

/** @returns The sectors written. */
function write(inode: Inode, bytes: Uint8Array, offset: number): ReadonlySet<number> {
  const end = offset + bytes.byteLength;
  if (end > inode.bytes.byteLength) inode.bytes = resized(inode.bytes, end);
  inode.bytes.set(bytes, offset);
  const sectors = new Set<number>();
  const first = Math.floor(offset / SECTOR_BYTES);
  for (let sector = first; sector * SECTOR_BYTES < end; sector += 1) sectors.add(sector);
  for (const sector of sectors) inode.dirty.add(sector);
  return sectors;
}

/** Sectors of the end that are kept make the file as long as they need; between them are zeros. */
function keepSectors(inode: Inode, keeps: (sector: number) => boolean): void {
  const kept = [...inode.dirty].filter(keeps);
  const end = Math.max(0, ...kept.map((sector) => (sector + 1) * SECTOR_BYTES));
  const size = Math.max(inode.durable.byteLength, Math.min(end, inode.bytes.byteLength));
  const after = resized(inode.durable, size);
  for (const sector of kept) copySector(inode, sector, after);
  inode.bytes = after;
  inode.durable = after.slice();
  inode.dirty.clear();
}

function copySector({ bytes }: Inode, sector: number, into: Uint8Array): void {
  const from = Math.min(sector * SECTOR_BYTES, into.byteLength);
  const to = Math.min(from + SECTOR_BYTES, into.byteLength, bytes.byteLength);
  if (to > from) into.set(bytes.subarray(from, to), from);
}

/** A change whose file is not there under that name (an earlier one was lost) is lost as well. */
function applyChange(names: Names, change: NameChange): void {
  switch (change.kind) {
    case "link":
      names.files.set(change.path, change.inode);
      break;
    case "unlink":
      names.files.delete(change.path);
      break;
    case "directory":
      names.directories.add(change.path);
      break;
    case "rename": {
      const inode = names.files.get(change.path);
      if (inode === undefined) break;
      names.files.delete(change.path);
      names.files.set(change.to, inode);
      break;
    }
  }
}

/** Files in a directory that is not there are not there either. */
function copyNames({ files, directories }: Names): Names {
  const reachable = [...files].filter(([path]) => directories.has(parentOf(path)));
  return { files: new Map(reachable), directories: new Set(directories) };
}

function resized(bytes: Uint8Array, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const after = new Uint8Array(sizeBytes);
  after.set(bytes.subarray(0, sizeBytes));
  return after;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
