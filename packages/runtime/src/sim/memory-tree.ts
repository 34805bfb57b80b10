// Directories of the memory disk: names now, and names after the power has gone. A name is durable once its
// directory was synced, whatever was done to the file behind it.
import { DiskError } from "../platform/disk.ts";
import { MemoryFile } from "./memory-file.ts";

export type MemoryNode = MemoryFile | MemoryDirectory;

export class MemoryDirectory {
  names = new Map<string, MemoryNode>();
  #durable = new Map<string, MemoryNode>();

  sync(): void {
    this.#durable = new Map(this.names);
  }

  /** As `MemoryFile.copy`, all that is below. */
  copy(): MemoryDirectory {
    const copy = new MemoryDirectory();
    for (const [name, node] of this.names) copy.names.set(name, node.copy());
    copy.sync();
    return copy;
  }

  /** Now and for good, whatever was synced. */
  lose(name: string): void {
    this.names.delete(name);
    this.#durable.delete(name);
  }

  put(name: string, node: MemoryNode): void {
    this.names.set(name, node);
    this.#durable.set(name, node);
  }

  /** @param path Of this directory, without a slash at its end. */
  *unsynced(path: string): Generator<string> {
    for (const name of changedNames(this.names, this.#durable)) yield `${path}/${name}`;
    for (const [name, node] of this.names) yield* node.unsynced(`${path}/${name}`);
  }

  /** @param keeps Asked for each name that was made or removed and not synced, by name. */
  crash(keeps: () => boolean): void {
    for (const name of changedNames(this.names, this.#durable))
      if (keeps()) copyName(name, this.names, this.#durable);
    this.names = new Map(this.#durable);
    for (const node of this.names.values()) node.crash(keeps);
  }
}

/** Where a path leads: the directory that has, or would have, its last name. */
export type Place = {
  readonly directory: MemoryDirectory;
  readonly name: string;
  readonly node: MemoryNode | undefined;
};

/** @throws DiskError `ENOENT`, `ENOTDIR` for what lies before the last name. */
export function findPlace(root: MemoryDirectory, path: string): Place {
  const names = splitPath(path);
  const name = names.pop();
  if (name === undefined) return { directory: root, name: "", node: root };
  const directory = names.reduce((at, next) => enter(at, next, path), root);
  return { directory, name, node: directory.names.get(name) };
}

export function findDirectory(root: MemoryDirectory, path: string): MemoryDirectory {
  return splitPath(path).reduce((at, next) => enter(at, next, path), root);
}

export function splitPath(path: string): string[] {
  const names: string[] = [];
  for (const part of path.split("/"))
    if (part === "..") names.pop();
    else if (part !== "" && part !== ".") names.push(part);
  return names;
}

function enter(at: MemoryDirectory, name: string, path: string): MemoryDirectory {
  const node = at.names.get(name);
  if (node === undefined) throw new DiskError("ENOENT", path, `no such directory: ${path}`);
  if (node instanceof MemoryFile)
    throw new DiskError("ENOTDIR", path, `a file is in the way: ${path}`);
  return node;
}

function changedNames(now: Map<string, MemoryNode>, durable: Map<string, MemoryNode>): string[] {
  const names = new Set([...now.keys(), ...durable.keys()]);
  return [...names].filter((name) => now.get(name) !== durable.get(name)).sort();
}

function copyName(name: string, from: Map<string, MemoryNode>, to: Map<string, MemoryNode>): void {
  const node = from.get(name);
  if (node === undefined) to.delete(name);
  else to.set(name, node);
}
