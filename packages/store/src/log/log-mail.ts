// All that the log's actor takes and answers. It has a thread of its own, gathers what all threads
// handed in during a turn, writes it with one sync, and then tells each sender.

import type { PeerId, RegionEpoch, RegionId, StoreId } from "@multiraft/pd/protocol";
import type { AnyAddress, Asks } from "@multiraft/runtime";
import type { LogIndex, Term } from "../raft/ids.ts";
import type {
  Generation,
  HardState,
  Life,
  LoggedEntry,
  LogRecord,
  SplitChild,
  Tombstone,
} from "./record.ts";

/** Mail to the incarnation that appended: everything it appended up to `number` is durable. */
export type LogNotice =
  | { readonly kind: "log-durable"; readonly number: number }
  /** The log can promise nothing any more (a failed sync, a lost append): the store stops. */
  | { readonly kind: "log-failed"; readonly code: string; readonly message: string };

/** Mail to whoever follows the syncs. */
export type SlowSync = { readonly kind: "slow-sync"; readonly elapsedMs: number };

export type LogMail =
  /**
   * All of `records` or nothing. With a payload the records are in it, encoded by `encodeRecords`,
   * and `records` is empty. `number` counts the appends of a sender, from 1 on; after a gap (mail
   * that was dropped) the sender is told `log-failed`. The notice goes to the sender's address (the
   * envelope's `from`). Records of a life that has ended say nothing any more and are left out.
   */
  | { readonly kind: "append"; readonly number: number; readonly records: readonly LogRecord[] }
  /** What the log held when it was opened, answered when all of it is read; before the first append. */
  | ({ readonly kind: "recover" } & Asks<RecoveredLog>)
  /** Its own: a large log is read back over many turns. */
  | { readonly kind: "read-on" }
  /**
   * Entries of a life from `fromIndex` on, about `bytesMax`, at least one if there is one. Fails
   * with `ERR_MULTIRAFT_LOG_COMPACTED` where they are truncated or the life has ended.
   */
  | ({
      readonly kind: "read-entries";
      readonly life: Life;
      readonly fromIndex: LogIndex;
      readonly bytesMax: number;
    } & Asks<EntriesReply>)
  /**
   * One life as it is now, for opening it again after its actor has ended. From here on `ended` is not
   * heard any more: what it had appended and is still on its way says nothing. Undefined when the life
   * has ended. Answered when what it says is durable.
   */
  | ({
      readonly kind: "read-life";
      readonly life: Life;
      readonly ended: AnyAddress;
    } & Asks<RecoveredLife | undefined>)
  /** From now on the sender is told of turns with a sync that took so long. One follows, the last who asked. */
  | { readonly kind: "follow-syncs"; readonly slowMs: number }
  | ({ readonly kind: "log-status" } & Asks<LogStatus>);

export type EntriesReply = { readonly entries: readonly LoggedEntry[]; readonly isLast: boolean };

export type RecoveredLife = {
  readonly life: Life;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly epoch: RegionEpoch;
  readonly hardState: HardState;
  /** 0 while nothing was ever installed: the replica is uninitialized. */
  readonly generation: Generation | 0;
  /** Index and term that precede the first entry. */
  readonly truncatedIndex: LogIndex;
  readonly truncatedTerm: Term;
  readonly lastIndex: LogIndex;
};

export type RecoveredLog = {
  readonly identity: { readonly clusterId: string; readonly storeId: StoreId } | undefined;
  readonly livesBelow: Life;
  readonly lives: readonly RecoveredLife[];
  readonly tombstones: readonly Tombstone[];
  /** Children still owed. */
  readonly splits: readonly {
    readonly parentLife: Life;
    readonly index: LogIndex;
    readonly pending: readonly SplitChild[];
  }[];
  /** Bytes cut from the end because a crash had torn them, as far as that can be told. */
  readonly tornBytes: number;
};

export type LogStatus = {
  readonly segments: number;
  /** On disk, spare segments included. */
  readonly sizeBytes: number;
  readonly liveBytes: number;
  readonly appends: number;
  readonly syncs: number;
  /** Of the last 1,024 syncs, in milliseconds; 0 before the first. */
  readonly syncMsP50: number;
  readonly syncMsP99: number;
};
