// The upkeep of a live replica's storage: commits of the tablet, truncation of the log, trimming after
// a split. Invariants: a split becomes durable in the tablet only after its children are recorded; the
// log is truncated only up to what the tablet has durably; one commit at a time. What is performed may start
// after more was applied, so each of these is asked again then.

import type { RegionId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life } from "../log/record.ts";
import type { LogIndex } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import type { PeerMail } from "./peer-mail.ts";
import type { ReplicaLog } from "./replica-log.ts";
import type { PeerTuning } from "./tuning.ts";

/** Keys that left with a split go in pieces of this size, so that a commit stays short. */
const TRIM_BYTES = 4 * 1024 * 1024;
/**
 * So many times what a log may have is kept for a snapshot's sake and no more, beside the tail that is kept in any
 * case: by default twice the largest region, in memory, of which the follower would be sent all.
 */
const PINNED_LOGS_MAX = 16;

export type UpkeepHost = {
  /** The log must keep what lies above this, whatever else: somebody is being sent a snapshot. */
  readonly keepAbove: () => LogIndex;
  /** The log has grown too long for that: snapshots under way come to nothing. */
  readonly giveUpSnapshots: () => void;
  readonly failed: (reason: string) => never;
};

export class Upkeep {
  readonly #tablet: Tablet;
  readonly #storage: ReplicaLog;
  readonly #log: LogHandle<PeerMail>;
  readonly #life: Life;
  readonly #work: AsyncWork<PeerMail>;
  readonly #tuning: PeerTuning;
  readonly #host: UpkeepHost;
  #isCommitting = false;
  #flushTimerSet = false;
  /** Applied splits whose children are not recorded yet. */
  readonly #unrecorded = new Set<LogIndex>();
  #owed: readonly RegionId[] = [];
  #waitingForFlush: { readonly index: LogIndex; readonly then: () => void }[] = [];

  constructor(options: {
    readonly tablet: Tablet;
    readonly storage: ReplicaLog;
    readonly log: LogHandle<PeerMail>;
    readonly life: Life;
    readonly work: AsyncWork<PeerMail>;
    readonly tuning: PeerTuning;
    readonly host: UpkeepHost;
  }) {
    this.#tablet = options.tablet;
    this.#storage = options.storage;
    this.#log = options.log;
    this.#life = options.life;
    this.#work = options.work;
    this.#tuning = options.tuning;
    this.#host = options.host;
  }

  /** Children of applied splits still need the parent's data as they are. */
  get owesChildren(): boolean {
    return this.#owed.length > 0 || this.#unrecorded.size > 0;
  }

  /** Everything applied is durable, nothing is to be trimmed or kept for anybody, and nothing is under way. */
  get isAtRest(): boolean {
    const isBusy = this.#isCommitting || this.#flushTimerSet || this.#waitingForFlush.length > 0;
    const isOwing = this.owesChildren || this.#tablet.meta.isUntrimmed;
    return !isBusy && !isOwing && !this.#isFlushWanted();
  }

  splitApplied(index: LogIndex): void {
    this.#unrecorded.add(index);
  }

  splitRecorded(index: LogIndex): void {
    this.#unrecorded.delete(index);
    this.#flushIfDue();
    this.#flushLater();
    this.#trimIfDue();
  }

  setOwed(regionIds: readonly RegionId[]): void {
    this.#owed = regionIds;
    this.#trimIfDue();
  }

  onApplied(): void {
    this.#flushIfDue();
    this.#flushLater();
  }

  /**
   * What is applied becomes durable after a while, however little it is. Asked for whenever a flush may
   * have been put off: by a commit under way, or by a split that was not recorded.
   */
  #flushLater(): void {
    if (this.#flushTimerSet || this.#tablet.isClosed || !this.#isFlushWanted()) return;
    this.#flushTimerSet = true;
    this.#work.after("flush", this.#tuning.flushMs, () => {
      this.#flushTimerSet = false;
      if (!this.#tablet.isClosed && this.#isFlushWanted()) this.#flush();
    });
  }

  #isFlushWanted(): boolean {
    return this.#tablet.durableIndex < this.#tablet.meta.appliedIndex;
  }

  /** Runs `then` when what is applied now is durable in the tablet. */
  whenFlushed(then: () => void): void {
    const index = this.#tablet.meta.appliedIndex;
    if (this.#tablet.durableIndex >= index) return then();
    this.#waitingForFlush.push({ index, then });
    this.#flush();
  }

  #flushIfDue(): void {
    const isDue = this.#tablet.bufferedBytes >= this.#tuning.flushBytes;
    if (isDue || this.#waitingForFlush.length > 0) this.#flush();
  }

  #flush(): void {
    if (this.#isCommitting || !this.#mayCommit()) return;
    this.#isCommitting = true;
    this.#work.perform(
      "commit tablet",
      () => (this.#mayCommit() ? this.#tablet.flush() : this.#tablet.durableIndex),
      (outcome) => {
        this.#isCommitting = false;
        if (this.#tablet.isClosed) return;
        if (outcome.kind === "failed") this.#host.failed(outcome.error.message);
        this.#onCommitted();
      },
    );
  }

  /** A snapshot may have replaced the tablet, and a split that was applied is recorded first. */
  #mayCommit(): boolean {
    return !this.#tablet.isClosed && this.#unrecorded.size === 0;
  }

  #onCommitted(): void {
    const durable = this.#tablet.durableIndex;
    const ready = this.#waitingForFlush.filter(({ index }) => index <= durable);
    this.#waitingForFlush = this.#waitingForFlush.filter(({ index }) => index > durable);
    for (const { then } of ready) then();
    this.#truncateIfDue();
    this.#flushIfDue();
    this.#flushLater();
    this.#trimIfDue();
  }

  /** Keeps a tail for followers that lag; beyond the bound they get a snapshot. */
  #truncateIfDue(): void {
    if (this.#pinnedBytes > PINNED_LOGS_MAX * this.#tuning.logBytesMax)
      this.#host.giveUpSnapshots();
    const { base } = this.#storage;
    const durable = this.#tablet.durableIndex;
    const wanted = Math.min(durable, this.#host.keepAbove()) - this.#tailEntries;
    // At least one entry: a truncation that drops nothing would fall behind an install that is with the log.
    const atLeast = this.#isLogLarge ? 1 : Math.max(1, this.#tuning.logKeepEntries);
    if (wanted - base.index < atLeast) return;
    const index = wanted as LogIndex;
    assert(index <= durable, "the log was to be truncated beyond what the tablet has durably");
    const term = this.#storage.term(index);
    assert(typeof term === "number", "the log was to be truncated beyond what is durable in it");
    this.#storage.truncate(index);
    this.#log.append([{ kind: "truncate", life: this.#life, index, term }], () => undefined);
  }

  get #isLogLarge(): boolean {
    return this.#storage.bytes > this.#tuning.logBytesMax;
  }

  get #tailEntries(): number {
    const { logKeepEntries } = this.#tuning;
    return this.#isLogLarge ? Math.floor(logKeepEntries / 8) : logKeepEntries;
  }

  /** What would be truncated but for a snapshot, as if all entries were equally long. */
  get #pinnedBytes(): number {
    const durable = this.#tablet.durableIndex;
    if (this.#host.keepAbove() >= durable) return 0;
    const { base, bytes } = this.#storage;
    const entries = this.#storage.lastIndex() - base.index;
    const pinned = durable - this.#tailEntries - base.index;
    return entries <= 0 || pinned <= 0 ? 0 : (bytes * pinned) / entries;
  }

  #trimIfDue(): void {
    if (this.#isCommitting || !this.#mayTrim()) return;
    this.#isCommitting = true;
    this.#work.perform(
      "trim tablet",
      () => this.#mayTrim() && this.#tablet.trim(TRIM_BYTES),
      (outcome) => {
        this.#isCommitting = false;
        if (this.#tablet.isClosed) return;
        if (outcome.kind === "failed") this.#host.failed(outcome.error.message);
        this.#onCommitted();
      },
    );
  }

  /** What has left with a split is the only copy until all children have theirs. */
  #mayTrim(): boolean {
    const { isClosed, meta } = this.#tablet;
    return !isClosed && meta.isUntrimmed && !this.owesChildren;
  }
}
