// One open lmdb environment: a directory with the committed data of one tablet.
// Writes are asynchronous only: lmdb commits them on a thread of its own.
import { EMPTY_KEY, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { assert, type Disk } from "@multiraft/runtime";
import { open, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import { keyEncoder, META_KEY, type StoredKey, ValueCodec } from "./lmdb-codec.ts";
import { checkDataFile, DATA_FILE_NAME } from "./lmdb-file.ts";
import { type Page, PairCollector } from "./merge-scan.ts";
import { STRATA_MAX, type Stratum } from "./middle-key.ts";
import { guardedNative, guardedNativeAsync, type NativeGuard } from "./native-guard.ts";
import type { Pair } from "./tablet.ts";
import { TabletError } from "./tablet-error.ts";
import { decodeStoredMeta, encodeStoredMeta, type StoredMeta } from "./tablet-meta-codec.ts";
import type { Generation } from "./write-buffer.ts";

/** Values of 1 KiB fill 87 % of such a page, and half of a page of 4 KiB. Holds for new files only. */
const PAGE_BYTES = 16_384;
/** Address space, not memory: maps that need not grow are not mapped anew beside their readers. */
const MAP_BYTES = 2 ** 30;
/** How much of a stratum is read to estimate its weight. */
const SAMPLE_PAIRS = 8;
const SAMPLE_BYTES = 64 * 1_024;

/** The committed state of one moment; its environment lets it go. */
export type ReadTransaction = { done(): void };

/** The property is lmdb's, from the interface of other stores, and missing in its types. */
type Database = RootDatabase<Uint8Array, StoredKey> & { readonly status: string };

type Stats = {
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly lastPageNumber: number;
};

export class Environment {
  readonly directory: string;
  readonly #guard: NativeGuard;
  readonly #database: Database;
  #isOpen = true;

  constructor(directory: string, guard: NativeGuard, database: Database) {
    this.directory = directory;
    this.#guard = guard;
    this.#database = database;
  }

  /** @throws TabletError `ERR_MULTIRAFT_TABLET_CORRUPT` */
  readMeta(): StoredMeta {
    const encoded = this.#reading(() => this.#database.get(META_KEY));
    if (encoded === undefined) throw corrupt(`${this.directory} has no metadata`);
    return decodeStoredMeta(encoded, this.directory);
  }

  get(key: Key): Uint8Array | undefined {
    return this.#reading(() => this.#database.get(key));
  }

  page(range: KeyRange, limitPairs: number, limitBytes: number, at?: ReadTransaction): Page {
    const into = new PairCollector(limitPairs, limitBytes);
    return this.#reading(() => {
      for (const pair of this.#database.getRange({ ...bounds(range), ...transactionOf(at) })) {
        // The range begins behind the metadata.
        into.add(pair as Pair);
        if (into.isFull) return { pairs: into.pairs, isLast: false };
      }
      return { pairs: into.pairs, isLast: true };
    });
  }

  openReadTransaction(): ReadTransaction {
    return this.#reading(() => this.#database.useReadTransaction());
  }

  closeReadTransaction(transaction: ReadTransaction): void {
    if (!this.#guard.tryEnter()) return;
    try {
      transaction.done();
    } finally {
      this.#guard.leave();
    }
  }

  /** Number of pairs, without the metadata. */
  get pairs(): number {
    return pairsOf(this.#stats());
  }

  /** Of the file's pages, which part holds something. */
  get liveRatio(): number {
    const stats = this.#stats();
    const live = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
    return live / (stats.lastPageNumber + 1);
  }

  countPairs(range: KeyRange): number {
    return this.#reading(() => this.#database.getKeysCount(bounds(range)));
  }

  /** Cuts the `count` pairs of the range at every n-th key and weighs what is between by its first ones. */
  strata(range: KeyRange, count: number): Stratum[] {
    const stepPairs = Math.max(1, Math.ceil(count / STRATA_MAX));
    const strata: Stratum[] = [];
    let start: Key | undefined = this.#keyAfter(range, 0);
    for (let left = count; left > 0 && start !== undefined; left -= stepPairs) {
      const rest: KeyRange = { start, end: range.end };
      const pairs = Math.min(left, stepPairs);
      strata.push({
        start,
        bytes: pairs * this.#averageBytes(rest, Math.min(pairs, SAMPLE_PAIRS)),
      });
      start = this.#keyAfter(rest, stepPairs);
    }
    return strata;
  }

  /**
   * All of it in one transaction. Durable when the promise is fulfilled.
   * @returns Pairs that are there now: whoever asked afterwards could be refused on a thread that is to end.
   */
  commit(writes: Generation, stored: StoredMeta): Promise<number> {
    const database = this.#database;
    const write = (): void => {
      writes.writes.forEachPair((key, value) => {
        if (value === null) void database.remove(key);
        else void database.put(key, value);
      });
      void database.put(META_KEY, encodeStoredMeta(stored));
    };
    return this.#writing(write, () => pairsOf(database.getStats() as Stats));
  }

  /** As `commit`, of pairs above all that are there. Without metadata it is no tablet yet. */
  append(pairs: readonly Pair[], stored?: StoredMeta): Promise<void> {
    const database = this.#database;
    const write = (): void => {
      for (const pair of pairs) void database.put(pair.key, pair.value);
      if (stored !== undefined) void database.put(META_KEY, encodeStoredMeta(stored));
    };
    // Not looked at: a build that is discarded closes while its last pairs are written.
    return this.#writing(write, () => undefined);
  }

  /** A consistent copy into an existing, empty directory, while commits go on. */
  async copy(directory: string, compact: boolean): Promise<void> {
    assert(this.#isOpen, "a closed environment was copied");
    await guardedNativeAsync(this.#guard, () => this.#database.backup(directory, compact));
  }

  /** Nothing of it may be in use. At once where nothing was written, else in a later turn. */
  close(): undefined | Promise<void> {
    assert(this.#isOpen, "an environment was closed twice");
    this.#isOpen = false;
    if (!this.#guard.tryEnter()) return undefined;
    const closing = this.#database.close();
    if (this.#database.status !== "closed") return closing.finally(() => this.#guard.leave());
    this.#guard.leave();
    return undefined;
  }

  #keyAfter(range: KeyRange, offset: number): Key | undefined {
    const keys = this.#reading(() => [
      ...this.#database.getKeys({ ...bounds(range), offset, limit: 1 }),
    ]);
    return keys[0] as Key | undefined;
  }

  #averageBytes(range: KeyRange, limitPairs: number): number {
    const { pairs } = this.page(range, limitPairs, SAMPLE_BYTES);
    const bytes = pairs.reduce((sum, pair) => sum + pair.key.length + pair.value.byteLength, 0);
    return bytes / Math.max(1, pairs.length);
  }

  #stats(): Stats {
    return this.#reading(() => this.#database.getStats() as Stats);
  }

  #reading<Result>(read: () => Result): Result {
    assert(this.#isOpen, "a closed environment was read");
    try {
      return guardedNative(this.#guard, read);
    } catch (cause) {
      throw asDamage(cause, this.directory);
    }
  }

  /** `write` is synchronous and must not throw: what it did before would be committed. */
  #writing<Result>(write: () => void, look: () => Result): Promise<Result> {
    assert(this.#isOpen, "a closed environment was written");
    return guardedNativeAsync(this.#guard, async () => {
      await this.#batch(write);
      return look();
    });
  }

  async #batch(write: () => void): Promise<void> {
    try {
      await this.#database.batch(write);
    } catch (error) {
      // lmdb rejects with a general error whose cause is a promise of its own.
      await (error as { commitError?: Promise<never> }).commitError;
      throw error;
    }
  }
}

/** All but the metadata. */
function pairsOf({ entryCount }: Stats): number {
  return Math.max(0, entryCount - 1);
}

/** @throws TabletError `ERR_MULTIRAFT_TABLET_MISSING`, `…_TABLET_CORRUPT` */
export function openEnvironment(disk: Disk, directory: string, guard: NativeGuard): Environment {
  checkDataFile(disk, directory);
  try {
    return new Environment(directory, guard, openDatabase(directory, guard));
  } catch (cause) {
    throw asDamage(cause, directory);
  }
}

/** In an existing directory without files. */
export function makeEnvironment(disk: Disk, directory: string, guard: NativeGuard): Environment {
  const path = disk.join(directory, DATA_FILE_NAME);
  assert(!disk.exists(path), () => `${path} exists`);
  return new Environment(directory, guard, openDatabase(directory, guard));
}

function openDatabase(directory: string, guard: NativeGuard): Database {
  const options: RootDatabaseOptions = {
    // Otherwise a name with a dot in it is taken for a file's.
    noSubdir: false,
    maxDbs: 1,
    pageSize: PAGE_BYTES,
    mapSize: MAP_BYTES,
    // A commit answers when it is synced, and fails when the sync does. Overlapping, it would answer
    // earlier and hide that; there is one commit at a time, so it would not be faster either.
    overlappingSync: false,
    // A batch ends with the call that fills it. By the turn of the event loop, lmdb's thread would wait for
    // an end that never comes when the thread is ended before.
    eventTurnBatching: false,
    keyEncoder,
    encoder: new ValueCodec(),
  };
  return guardedNative(guard, () => open<Uint8Array, StoredKey>(directory, options) as Database);
}

function bounds(range: KeyRange): { start: Key; end?: Key } {
  const { start, end } = range;
  return end === EMPTY_KEY ? { start } : { start, end };
}

function transactionOf(at: ReadTransaction | undefined): { transaction?: ReadTransaction } {
  return at === undefined ? {} : { transaction: at };
}

/** lmdb's own codes for a file that is not what it should be. */
const DAMAGE_CODES: ReadonlySet<unknown> = new Set([
  -30_797, // MDB_PAGE_NOTFOUND
  -30_796, // MDB_CORRUPTED
  -30_795, // MDB_PANIC
  -30_794, // MDB_VERSION_MISMATCH
  -30_793, // MDB_INVALID
]);

function asDamage(cause: unknown, directory: string): unknown {
  if (!(cause instanceof Error) || !("code" in cause) || !DAMAGE_CODES.has(cause.code))
    return cause;
  return corrupt(`${directory}: ${cause.message}`, cause);
}

function corrupt(message: string, cause?: unknown): TabletError {
  return new TabletError("ERR_MULTIRAFT_TABLET_CORRUPT", message, { cause });
}
