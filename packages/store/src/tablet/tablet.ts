// A tablet: the applied data of one generation of one life of one region, in a directory of its own.
// It holds replicated state only. What was applied, and the metadata that says up to where, become
// durable in the same commit: after a crash both are there or neither.
import type { Key, KeyRange, Region } from "@multiraft/pd/protocol";
import type { LogIndex, Term } from "../raft/ids.ts";
import type { RemovedPeer } from "../region/membership.ts";
import type { PairPiece } from "./pair-piece.ts";

/** Written in the same transaction as the data it describes. */
export type TabletMeta = {
  readonly region: Region;
  readonly appliedIndex: LogIndex;
  readonly appliedTerm: Term;
  /** Raft membership that the applied index stands for, joint halves included. */
  readonly confState: {
    readonly voters: readonly number[];
    readonly learners: readonly number[];
    readonly votersOutgoing: readonly number[];
    readonly learnersNext: readonly number[];
    readonly autoLeave: boolean;
  };
  /** Peers that left and have not confirmed that they are gone: the leader reminds them. */
  readonly removedPeers: readonly RemovedPeer[];
  /**
   * True while keys outside `region.range` may still be in here: not copied as a file, not counted.
   * Set by whoever makes the range smaller; only `trim` clears it, so `apply` hands on what is there.
   */
  readonly isUntrimmed: boolean;
};

export type Write =
  | { readonly kind: "put"; readonly key: Key; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly key: Key };

/**
 * What can be stored; an assertion, since what clients may put is far less.
 * lmdb would hand out values of 16 MiB and more as views of its file, which end with the environment.
 */
export const TABLET_VALUE_BYTES_MAX = 8 * 2 ** 20;

export type Pair = { readonly key: Key; readonly value: Uint8Array };

/** `<regionId>_<life>_<generation>`: never used twice on a store. */
export type TabletName = {
  readonly regionId: number;
  readonly life: number;
  readonly generation: number;
};

/**
 * An open tablet. Writes go to a buffer that reads look through first, and reach the engine in large
 * commits. One owner, one thread; closing is harmless when repeated, use after it is an assertion.
 */
export interface Tablet {
  readonly name: TabletName;
  /** As applied, buffer included. */
  readonly meta: TabletMeta;
  /** Up to here a crash loses nothing; the log is truncated only up to here. */
  readonly durableIndex: LogIndex;
  /** Bytes applied but not handed to a commit yet. */
  readonly bufferedBytes: number;
  readonly approximateSizeBytes: number;
  readonly approximateKeys: number;
  readonly isClosed: boolean;

  /**
   * Synchronous, in memory. `meta.appliedIndex` must grow. Values are kept by reference until they are
   * committed: they must not change, and not lie in shared memory that returns to somebody.
   */
  apply(writes: readonly Write[], meta: TabletMeta): void;
  /**
   * What is read stays as it is, but shares its memory with other values: it may be kept and copied, not
   * changed and not transferred to another thread.
   */
  get(key: Key): Uint8Array | undefined;
  /** Sorted pairs from `range.start`, at most `limitPairs` and about `limitBytes`, at least one if any. */
  scan(range: KeyRange, limitPairs: number, limitBytes: number): Pair[];

  /**
   * Commits what is buffered now, metadata included, as a whole or not at all. One commit at a time,
   * `trim` included; reads see the data throughout. The result is the applied index that has become
   * durable. All of the buffer is encoded in this turn: 100,000 small writes take about 0.1 s.
   * @throws TabletError `ERR_MULTIRAFT_TABLET_COMMIT_FAILED`, then and ever after: reads still answer,
   * but only a reopening tells what is durable.
   */
  flush(): LogIndex | Promise<LogIndex>;
  /**
   * A commit as `flush`, which also removes about `limitBytes` of keys outside the region's range; true
   * when none are left, and then `meta.isUntrimmed` is false.
   */
  trim(limitBytes: number): boolean | Promise<boolean>;
  /**
   * Key that cuts the region's data in two halves of about the same size; undefined when there is none
   * with data on both sides.
   */
  middleKey(): Key | undefined;

  /** A frozen view of what is applied now, buffer included, for streams of pairs. */
  openView(): TabletView;
  /**
   * The files of what is durable now, as a copy would be, while writes go on; it is held until it is
   * closed, and with it the space of what is deleted meanwhile. Undefined where the engine has no files.
   * Its own metadata says what it holds: it may be newer than at the call, and untrimmed where a split
   * came in between.
   * @param directory Absent, its parent exists. Made where it is better to copy; the caller removes it.
   * @throws TabletError `ERR_MULTIRAFT_TABLET_COPY_FAILED`, `…_TABLET_COMMIT_FAILED`
   */
  openCopy(directory: string): TabletCopy | undefined | Promise<TabletCopy | undefined>;
  /**
   * Drops what is buffered, as a crash would. A commit or a copy that is going on ends as it would
   * have, and open views stay readable until they are closed.
   */
  close(): void;
}

export interface TabletView {
  readonly meta: TabletMeta;
  /** As `Tablet.scan`, of the frozen state. */
  scan(range: KeyRange, limitPairs: number, limitBytes: number): Pair[];
  /**
   * The same as a piece of a stream: pairs from `range.start`, at most `limitBytes` as they travel, or one
   * pair. Undefined where there are none. Valid until the view is closed.
   */
  piece(range: KeyRange, limitBytes: number): PairPiece | undefined;
  close(): void;
}

/** Files to be read and sent. Closing is harmless when repeated. */
export type TabletCopy = {
  readonly meta: TabletMeta;
  readonly files: readonly CopiedFile[];
  close(): void;
};

export type CopiedFile = {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Stands at the file's beginning, instead of what is there now. */
  readonly head: Uint8Array;
};

/**
 * A generation that is being built from a stream, under a name nobody refers to yet. `finish` makes it
 * durable (files and parent directory synced); until a log record names it, start-up deletes it.
 */
export interface TabletBuilder {
  readonly name: TabletName;
  /** Pairs in key order. */
  addPairs(pairs: readonly Pair[]): void | Promise<void>;
  /** The same as they travelled; the bytes are the caller's again when this returns. */
  addPiece(piece: Uint8Array): void | Promise<void>;
  finish(meta: TabletMeta): void | Promise<void>;
  /** Removes what was built; harmless after `finish` was not reached, an assertion after it. */
  discard(): void;
}

/** Opens, builds and removes the tablets of one store. */
export interface TabletEngine {
  readonly kind: "lmdb" | "memory";
  /** For the check at the end that nothing was left open. */
  readonly openTablets: number;
  /** A new, empty tablet (bootstrap). Durable when it returns. */
  create(name: TabletName, meta: TabletMeta): Tablet | Promise<Tablet>;
  /** @throws TabletError `ERR_MULTIRAFT_TABLET_MISSING`, `…_TABLET_CORRUPT` */
  open(name: TabletName): Tablet | Promise<Tablet>;
  /** `name` must not be on disk. */
  build(name: TabletName): TabletBuilder;
  /** Where files of a received copy go so that `open` finds them; undefined without files. */
  directoryOf(name: TabletName): string | undefined;
  /**
   * Unlinks the directory; harmless when absent. The tablet must be closed. After a power cut it may be
   * back, whole or in part: the sweep at start-up finds it.
   */
  remove(name: TabletName): void;
  /** Every generation on disk, half-built ones included, for the sweep at start-up. */
  list(): readonly TabletName[];
  close(): void;
}
