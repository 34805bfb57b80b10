// Tablets in memory. Durable over a disk: each commit is a synced record in the tablet's directory;
// this is the model of lmdb in simulation, so everything here is synchronous. Volatile without a disk:
// committed data lasts as long as the engine object.
import type { Key } from "@multiraft/pd/protocol";
import { assert, type Disk } from "@multiraft/runtime";
import { type BlockMemory, threadBlocks } from "./block-memory.ts";
import { BufferedTablet } from "./buffered-tablet.ts";
import { openJournal, writeJournal } from "./commit-journal.ts";
import { MemoryPairs } from "./memory-pairs.ts";
import { MemoryBase } from "./memory-tablet.ts";
import { OpenTablets } from "./open-tablets.ts";
import { adoptPiece, decodePairs } from "./pair-block.ts";
import type {
  Pair,
  Tablet,
  TabletBuilder,
  TabletEngine,
  TabletMeta,
  TabletName,
} from "./tablet.ts";
import { TabletError } from "./tablet-error.ts";
import { compareTabletNames, formatTabletName, parseTabletName } from "./tablet-name.ts";

const JOURNAL_NAME = "commits";
/** A smaller piece is taken pair by pair. */
const ADOPTED_BYTES_MIN = 16 * 1_024;

/** Where the committed data of tablets that are not open is. */
interface MemoryStorage {
  /** Takes `pairs` over. */
  write(name: TabletName, pairs: MemoryPairs, meta: TabletMeta): void;
  open(name: TabletName): MemoryBase;
  has(name: TabletName): boolean;
  remove(name: TabletName): void;
  list(): TabletName[];
  /** What lasts no longer than the engine ends. */
  close(): void;
}

export function openVolatileMemoryEngine(): TabletEngine {
  return new MemoryEngine(new VolatileStorage());
}

/** @param directory Made if absent; its parent must exist. */
export function openMemoryEngine(disk: Disk, directory: string): TabletEngine {
  return new MemoryEngine(new DiskStorage(disk, directory));
}

class MemoryEngine implements TabletEngine {
  readonly kind = "memory";
  readonly #storage: MemoryStorage;
  readonly #memory = threadBlocks();
  readonly #open = new OpenTablets();

  constructor(storage: MemoryStorage) {
    this.#storage = storage;
  }

  get openTablets(): number {
    return this.#open.count;
  }

  create(name: TabletName, meta: TabletMeta): Tablet {
    this.build(name).finish(meta);
    return this.open(name);
  }

  open(name: TabletName): Tablet {
    this.#open.claim(name);
    try {
      if (!this.#storage.has(name))
        throw new TabletError("ERR_MULTIRAFT_TABLET_MISSING", formatTabletName(name));
      return new BufferedTablet(name, this.#storage.open(name), () => this.#open.release(name));
    } catch (error) {
      this.#open.release(name);
      throw error;
    }
  }

  build(name: TabletName): MemoryBuilder {
    return new MemoryBuilder(name, this.#storage, this.#memory);
  }

  directoryOf(): undefined {
    return undefined;
  }

  remove(name: TabletName): void {
    this.#open.assertClosed(name);
    this.#storage.remove(name);
  }

  list(): readonly TabletName[] {
    return this.#storage.list().sort(compareTabletNames);
  }

  close(): void {
    this.#open.closeEngine();
    this.#storage.close();
  }
}

class MemoryBuilder implements TabletBuilder {
  readonly name: TabletName;
  readonly #storage: MemoryStorage;
  readonly #memory: BlockMemory;
  readonly #pairs = new MemoryPairs();
  #lastKey: Key | undefined;
  #state: "building" | "finished" | "discarded" = "building";

  constructor(name: TabletName, storage: MemoryStorage, memory: BlockMemory) {
    assert(!storage.has(name), () => `tablet ${formatTabletName(name)} exists`);
    this.name = name;
    this.#storage = storage;
    this.#memory = memory;
  }

  addPairs(pairs: readonly Pair[]): void {
    assert(this.#state === "building", "pairs came after the end of a build");
    for (const pair of pairs) {
      this.#rise(pair.key, pair.key);
      this.#pairs.write(pair.key, pair.value);
    }
  }

  addPiece(piece: Uint8Array): void {
    // Leaves of a few pairs each would be slow to read.
    if (piece.byteLength < ADOPTED_BYTES_MIN) return this.addPairs(decodePairs(piece));
    assert(this.#state === "building", "pairs came after the end of a build");
    const block = adoptPiece(piece, this.#memory);
    if (block === undefined) return;
    this.#rise(block.firstKey, block.lastKey);
    this.#pairs.append(block);
  }

  #rise(first: Key, last: Key): void {
    assert(this.#lastKey === undefined || this.#lastKey < first, "pairs came out of order");
    this.#lastKey = last;
  }

  finish(meta: TabletMeta): void {
    assert(this.#state === "building", "a build ended twice");
    this.#storage.write(this.name, this.#pairs, meta);
    this.#state = "finished";
  }

  discard(): void {
    assert(this.#state !== "finished", "a finished build was discarded");
    if (this.#state === "building") this.#pairs.close();
    this.#state = "discarded";
    this.#storage.remove(this.name);
  }
}

class VolatileStorage implements MemoryStorage {
  readonly #bases = new Map<string, { readonly name: TabletName; readonly base: MemoryBase }>();

  write(name: TabletName, pairs: MemoryPairs, meta: TabletMeta): void {
    const base = new MemoryBase(meta, pairs, undefined);
    this.#bases.set(formatTabletName(name), { name, base });
  }

  open(name: TabletName): MemoryBase {
    const held = this.#bases.get(formatTabletName(name));
    assert(held !== undefined, "a tablet was opened that is not there");
    return held.base;
  }

  has(name: TabletName): boolean {
    return this.#bases.has(formatTabletName(name));
  }

  remove(name: TabletName): void {
    const text = formatTabletName(name);
    this.#bases.get(text)?.base.drop();
    this.#bases.delete(text);
  }

  list(): TabletName[] {
    return [...this.#bases.values()].map((held) => held.name);
  }

  close(): void {
    for (const { base } of this.#bases.values()) base.drop();
    this.#bases.clear();
  }
}

class DiskStorage implements MemoryStorage {
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    if (!disk.exists(directory)) disk.makeDirectory(directory);
  }

  write(name: TabletName, pairs: MemoryPairs, meta: TabletMeta): void {
    const directory = this.#directoryOf(name);
    this.#disk.makeDirectory(directory);
    writeJournal(this.#disk, this.#journalOf(name), pairs, meta);
    pairs.close();
    this.#disk.syncDirectory(directory);
    this.#disk.syncDirectory(this.#directory);
  }

  open(name: TabletName): MemoryBase {
    const { journal, meta, pairs } = openJournal(this.#disk, this.#journalOf(name));
    return new MemoryBase(meta, pairs, journal);
  }

  has(name: TabletName): boolean {
    return this.#disk.exists(this.#journalOf(name));
  }

  remove(name: TabletName): void {
    this.#disk.removeTree(this.#directoryOf(name));
  }

  list(): TabletName[] {
    const names = this.#disk.list(this.#directory).map((entry) => parseTabletName(entry.name));
    return names.filter((name) => name !== undefined);
  }

  close(): void {
    // All of it is on the disk.
  }

  #directoryOf(name: TabletName): string {
    return this.#disk.join(this.#directory, formatTabletName(name));
  }

  #journalOf(name: TabletName): string {
    return this.#disk.join(this.#directoryOf(name), JOURNAL_NAME);
  }
}
