// The part of a disk that the placement driver uses, in memory: files that are replaced as a whole,
// directories, locks. It can be told to fail the next write.
import {
  assert,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "@multiraft/runtime";

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly directories = new Set<string>(["/"]);
  readonly locked = new Set<string>();
  isFull = false;

  exists(path: string): boolean {
    return this.files.has(path) || this.directories.has(path);
  }

  makeDirectory(path: string): void {
    this.directories.add(path);
  }

  syncDirectory(path: string): void {
    assert(this.directories.has(path), () => `${path} is no directory`);
  }

  readFile(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new DiskError("ENOENT", path, "no such file");
    return bytes;
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    if (this.isFull) throw new DiskError("ENOSPC", path, "no space");
    this.files.set(path, Uint8Array.from(bytes));
  }

  lockDirectory(path: string): DirectoryLock {
    if (this.locked.has(path)) throw new DiskError("ELOCKED", path, "in use");
    this.locked.add(path);
    return { release: () => this.locked.delete(path) };
  }

  join(...parts: string[]): string {
    return parts.join("/");
  }

  open(path: string): DiskFile {
    throw new DiskError("ENOTSUP", path, "whole files only");
  }

  list(): [] {
    return [];
  }

  rename(from: string): void {
    throw new DiskError("ENOTSUP", from, "whole files only");
  }

  removeFile(path: string): void {
    this.files.delete(path);
  }

  removeTree(path: string): void {
    this.directories.delete(path);
  }
}
