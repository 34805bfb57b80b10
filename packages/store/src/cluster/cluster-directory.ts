// The directory of a cluster: whose it is, what is in it, where everything lies.
//
//   CLUSTER              which cluster, which stores
//   pd/                  the placement driver's record
//   store-<id>/log/      the store's one log
//   store-<id>/tablets/  its tablets
import { dirname } from "node:path";
import type { StoreId } from "@multiraft/pd/protocol";
import { assert, type DirectoryLock, type Disk, DiskError } from "@multiraft/runtime";
import { ClusterError } from "./cluster-error.ts";
import {
  type ClusterRecord,
  decodeClusterFile,
  encodeClusterFile,
  type StoreEntry,
} from "./cluster-file.ts";

export type StorePlaces = { readonly log: string; readonly tablets: string };

const FILE = "CLUSTER";
/** What an interrupted first start may leave: the draft of the file, and locks of whoever is gone. */
const OWN_TRACES = /^(CLUSTER\.draft|lock\..*)$/;

export class ClusterDirectory {
  readonly path: string;
  readonly #disk: Disk;
  readonly #lock: DirectoryLock;
  #record: ClusterRecord;

  private constructor(disk: Disk, path: string, lock: DirectoryLock, record: ClusterRecord) {
    this.#disk = disk;
    this.path = path;
    this.#lock = lock;
    this.#record = record;
  }

  /**
   * Takes the directory, and makes it where it is absent or empty.
   * @param first What a new cluster is. @throws ClusterError; nothing was written then.
   */
  static open(disk: Disk, path: string, first: ClusterRecord): ClusterDirectory {
    makeDirectories(disk, path);
    refuseForeign(disk, path);
    const lock = takeLock(disk, path);
    try {
      const file = disk.join(path, FILE);
      const isNew = !disk.exists(file);
      if (isNew) disk.replaceFile(file, encodeClusterFile(first));
      const record = isNew ? first : decodeClusterFile(disk.readFile(file), file);
      return new ClusterDirectory(disk, path, lock, record);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  get pdDirectory(): string {
    return this.#disk.join(this.path, "pd");
  }

  /** Durable when it returns. */
  change(changes: Partial<Omit<ClusterRecord, "clusterId" | "engine">>): void {
    this.#record = { ...this.#record, ...changes };
    this.#disk.replaceFile(this.#disk.join(this.path, FILE), encodeClusterFile(this.#record));
  }

  setStore(entry: StoreEntry): void {
    const others = this.#record.stores.filter(({ id }) => id !== entry.id);
    this.change({ stores: [...others, entry].sort((a, b) => a.id - b.id) });
  }

  /** Makes the store's directories, unless it has lost them. @throws ClusterError */
  prepareStore({ id, state }: StoreEntry): StorePlaces {
    const disk = this.#disk;
    assert(state !== "removed", "a removed store is not opened again");
    const root = disk.join(this.path, `store-${id}`);
    const places = { log: disk.join(root, "log"), tablets: disk.join(root, "tablets") };
    if (state === "opened" && !hasLog(disk, places.log)) throw emptied(id, places.log);
    for (const directory of [root, places.tablets])
      if (!disk.exists(directory)) disk.makeDirectory(directory);
    disk.syncDirectory(root);
    disk.syncDirectory(this.path);
    return places;
  }

  close(): void {
    this.#lock.release();
  }
}

export function emptied(id: StoreId, log: string): ClusterError {
  const message =
    `store ${id} has no log in ${log}, where it had one: without it the store would vote and answer ` +
    "as if it had promised nothing. Restore the directory; the other stores need not be touched";
  return new ClusterError("ERR_MULTIRAFT_STORE_EMPTIED", message);
}

function hasLog(disk: Disk, directory: string): boolean {
  if (!disk.exists(directory)) return false;
  return disk.list(directory).some(({ name }) => /^segment-\d+\.log$/.test(name));
}

function makeDirectories(disk: Disk, path: string): void {
  if (disk.exists(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(disk, parent);
  disk.makeDirectory(path);
  disk.syncDirectory(parent);
}

function refuseForeign(disk: Disk, path: string): void {
  if (disk.exists(disk.join(path, FILE))) return;
  const stranger = disk.list(path).find(({ name }) => !OWN_TRACES.test(name));
  if (stranger === undefined) return;
  const message = `${path} holds ${stranger.name} and no ${FILE}: it is not the directory of a cluster`;
  throw new ClusterError("ERR_MULTIRAFT_CLUSTER_FOREIGN", message);
}

function takeLock(disk: Disk, path: string): DirectoryLock {
  try {
    return disk.lockDirectory(path);
  } catch (cause) {
    if (!(cause instanceof DiskError && cause.code === "ELOCKED")) throw cause;
    throw new ClusterError("ERR_MULTIRAFT_CLUSTER_LOCKED", cause.message, { cause });
  }
}
