// The disk in memory, with an eye on its syncs: each is known by number and by what it is of, and
// one of them can be left out or made to fail.
import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  Sfc32,
} from "@multiraft/runtime";
import { MemoryDisk } from "@multiraft/runtime/testing";

/** What a power cut leaves of what was not synced. The last write may overtake all before it. */
export const EVERY_CUT = ["nothing", "everything", "some", "the last write"] as const;
export type Kept = (typeof EVERY_CUT)[number];

type Write = { readonly path: string; readonly bytes: Uint8Array; readonly offsetBytes: number };

export class WatchedDisk implements Disk {
  readonly #memory = new MemoryDisk();
  /** What each sync so far was of. */
  readonly syncs: string[] = [];
  /** Numbers of the syncs to leave out and to fail. */
  skippedSync: number | undefined;
  failedSync: number | undefined;
  #lastWrite: Write | undefined;

  /** Writes, names and syncs so far: the places for a cut. */
  get operations(): number {
    return this.#memory.writesSoFar;
  }

  /** The disk stops before this operation; a write may get halfway. */
  stopBefore(operation: number): void {
    this.#memory.crashAfter(operation - this.operations, { tornBytes: operation % 700 });
  }

  /** The process is gone, what it wrote is in the page cache. */
  kill(): void {
    this.#memory.endProcess();
  }

  powerCut(kept: Kept, seed = 0): void {
    if (kept === "nothing" || kept === "everything") this.#memory.crash(kept);
    else if (kept === "some") this.#memory.crash({ some: new Sfc32(seed) });
    else this.#cutAfterLastWrite();
  }

  open(path: string, mode: "read" | "read-write" | "create"): DiskFile {
    const file = this.#memory.open(path, mode);
    return {
      path,
      writeAt: (bytes, offsetBytes) => {
        this.#lastWrite = { path, bytes: bytes.slice(), offsetBytes };
        file.writeAt(bytes, offsetBytes);
      },
      readAt: (into, offsetBytes) => file.readAt(into, offsetBytes),
      sizeBytes: () => file.sizeBytes(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      syncData: () => this.#syncData(file),
      close: () => file.close(),
    };
  }

  syncDirectory(path: string): void {
    const number = this.#countSync(`names in ${path}`);
    if (number === this.failedSync) throw new DiskError("EIO", path, `a sync failed: ${path}`);
    if (number !== this.skippedSync) this.#memory.syncDirectory(path);
  }

  exists(path: string): boolean {
    return this.#memory.exists(path);
  }
  list(directory: string): DirectoryEntry[] {
    return this.#memory.list(directory);
  }
  makeDirectory(path: string): void {
    this.#memory.makeDirectory(path);
  }
  rename(from: string, to: string): void {
    this.#memory.rename(from, to);
  }
  removeFile(path: string): void {
    this.#memory.removeFile(path);
  }
  removeTree(path: string): void {
    this.#memory.removeTree(path);
  }
  readFile(path: string): Uint8Array {
    return this.#memory.readFile(path);
  }
  replaceFile(path: string, bytes: Uint8Array): void {
    this.#memory.replaceFile(path, bytes);
  }
  lockDirectory(path: string): DirectoryLock {
    return this.#memory.lockDirectory(path);
  }
  join(...parts: string[]): string {
    return this.#memory.join(...parts);
  }

  #syncData(file: DiskFile): void {
    const number = this.#countSync(`data of ${file.path.slice(file.path.lastIndexOf("/") + 1)}`);
    if (number === this.failedSync) this.#memory.failSyncs();
    if (number !== this.skippedSync) file.syncData();
  }

  #countSync(what: string): number {
    this.syncs.push(what);
    return this.syncs.length - 1;
  }

  #cutAfterLastWrite(): void {
    this.#memory.crash("nothing");
    const last = this.#lastWrite;
    if (last === undefined || !this.exists(last.path)) return;
    const file = this.#memory.open(last.path, "read-write");
    file.writeAt(last.bytes, last.offsetBytes);
    file.syncData();
    file.close();
  }
}
