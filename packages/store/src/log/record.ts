// The records of a store's one ordered log. Their order is the only order there is: what must not
// be separated stands in one append, which is durable as a whole or not at all.
//
// Each record assigns, raises or clears what it names and never looks at what was there before. So
// a replay that begins at a later segment ends in the same state as a full one, as long as all that
// was live in the segments before it has been written again behind them.
import type { PeerId, Region, RegionEpoch, RegionId, StoreId } from "@multiraft/pd/protocol";
import type { LogIndex, Term } from "../raft/ids.ts";

/** Durable, per store: one for each admitted replica, never given twice. Names what is on disk. */
export type Life = number & { readonly brand: "Life" };

/** Which tablet of a life. Grows with every install; a path is never used again. */
export type Generation = number & { readonly brand: "Generation" };

export type HardState = {
  readonly term: Term;
  /** 0 where no vote was cast in `term`. */
  readonly vote: PeerId | 0;
  readonly commit: LogIndex;
};

/** One Raft entry as the log keeps it; `type` and `data` are the core's. */
export type LoggedEntry = {
  readonly index: LogIndex;
  readonly term: Term;
  readonly type: number;
  readonly data: Uint8Array;
};

/** What a tombstone knows. Only ever replaced by one that implies it. */
export type Tombstone = {
  readonly regionId: RegionId;
  /** Highest peer id of the region that ended on this store: no id at or below it comes back. */
  readonly peerId: PeerId;
  /** Half-wise highest epoch known when it was written. */
  readonly epoch: RegionEpoch;
  /** Ids known to have been removed from the region, sorted. */
  readonly removedPeerIds: readonly PeerId[];
};

/** A child of an applied split as this store has to bring it up. */
export type SplitChild = { readonly region: Region; readonly peerId: PeerId };

export type LogRecord =
  | { readonly kind: "store-identity"; readonly clusterId: string; readonly storeId: StoreId }
  /** Lives below `below` may have been given. */
  | { readonly kind: "life-block"; readonly below: Life }
  | {
      readonly kind: "life";
      readonly life: Life;
      readonly regionId: RegionId;
      readonly peerId: PeerId;
      readonly epoch: RegionEpoch;
    }
  | { readonly kind: "hard-state"; readonly life: Life; readonly hardState: HardState }
  /** Replaces all entries of the life from the first index on (a conflicting suffix is cut). */
  | { readonly kind: "entries"; readonly life: Life; readonly entries: readonly LoggedEntry[] }
  /** Entries up to `index` are gone; `term` is the term of `index`. */
  | {
      readonly kind: "truncate";
      readonly life: Life;
      readonly index: LogIndex;
      readonly term: Term;
    }
  /**
   * The one commit point of a snapshot, of a split's copy and of bootstrap: from here on
   * `generation` is the life's tablet, its log begins after `index`, and its hard state is
   * `hardState`.
   */
  | {
      readonly kind: "install";
      readonly life: Life;
      readonly generation: Generation;
      readonly index: LogIndex;
      readonly term: Term;
      readonly hardState: HardState;
    }
  /** Ends `life` (when given) and everything it had in the log. */
  | { readonly kind: "tombstone"; readonly life: Life | undefined; readonly tombstone: Tombstone }
  /** Children that an applied split owes; pending until a `split-done` names them. */
  | {
      readonly kind: "split";
      readonly parentLife: Life;
      readonly index: LogIndex;
      readonly children: readonly SplitChild[];
    }
  | {
      readonly kind: "split-done";
      readonly parentLife: Life;
      readonly index: LogIndex;
      readonly childRegionId: RegionId;
    };

/**
 * Written by the log alone, so that its oldest segment can go: a copy, at the tail, of what was
 * live in there. Other live records (tombstones, splits, the identity) are repeated as they are.
 */
export type RewriteRecord =
  /** All that a life is but its entries, which stay untouched. */
  | {
      readonly kind: "life-copy";
      readonly life: Life;
      readonly regionId: RegionId;
      readonly peerId: PeerId;
      readonly epoch: RegionEpoch;
      readonly hardState: HardState;
      readonly generation: Generation | 0;
      readonly truncatedIndex: LogIndex;
      readonly truncatedTerm: Term;
    }
  /** Says again what these entries are, and nothing of those after them: it cuts no suffix. */
  | {
      readonly kind: "entries-copy";
      readonly life: Life;
      readonly entries: readonly LoggedEntry[];
    };

export type StoredRecord = LogRecord | RewriteRecord;
