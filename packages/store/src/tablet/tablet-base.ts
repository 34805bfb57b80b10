// What lies below a tablet's write buffer: an engine's committed data, and the metadata of the commit.
import type { Key, KeyRange } from "@multiraft/pd/protocol";
import type { PageSource } from "./merge-scan.ts";
import type { Stratum } from "./middle-key.ts";
import type { PairPiece } from "./pair-piece.ts";
import type { TabletCopy, TabletMeta } from "./tablet.ts";
import type { Buffered, Generation } from "./write-buffer.ts";

export interface TabletBase extends PageSource {
  /** As the last commit wrote it. */
  readonly meta: TabletMeta;
  /** Of what is committed, keys outside the region's range included. */
  readonly sizeBytes: number;
  readonly keys: number;

  get(key: Key): Uint8Array | undefined;
  /**
   * Makes all writes and `meta` durable, or nothing of them. One at a time.
   * Nothing may have been done when this throws, and nothing is when the promise is rejected.
   */
  commit(writes: Generation, meta: TabletMeta): void | Promise<void>;
  /** At most `STRATA_MAX` of the range, or one a key where there are fewer keys. */
  strata(range: KeyRange): Stratum[];
  openSnapshot(): BaseSnapshot;
  openCopy(directory: string): TabletCopy | undefined | Promise<TabletCopy | undefined>;
  /** Lets go when the commit, the copies and the snapshots that are open have ended. */
  close(): void;
}

/** Pairs as they travel, without a detour by keys and values; the snapshot alone is written. */
export interface SnapshotBlocks {
  write(key: Key, value: Buffered): void;
  piece(range: KeyRange, limitBytes: number): PairPiece | undefined;
}

/** The committed data of one moment. */
export interface BaseSnapshot extends PageSource {
  /** Of an engine that keeps pairs as they travel. */
  readonly blocks: SnapshotBlocks | undefined;
  close(): void;
}
