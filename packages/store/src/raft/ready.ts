/**
 * What the owner has to do next: make durable, apply, send.
 *
 * There is one form of storage work, a message to each storage thread that carries its own
 * responses. Asynchronously it leaves as it is. Synchronously it is taken apart: responses to
 * others become messages of the Ready, those to this peer are stepped when the owner calls
 * `advance`, in the same order.
 *
 * Invariants: everything is handed out once; promises follow the durability of all that was
 * unstable when they were made; own acknowledgements come before the stability acknowledgement,
 * which may drop the entries they speak of.
 */
import { assert } from "./assert.ts";
import type { Entry } from "./entry.ts";
import { APPEND_THREAD, APPLY_THREAD, type PeerId } from "./ids.ts";
import {
  type Message,
  NO_PLACE,
  storageAppend,
  storageAppendAck,
  storageApply,
  storageApplyAck,
} from "./message.ts";
import { leaderOf, type Raft, type ReadState } from "./raft-state.ts";
import type { RoleName } from "./role-name.ts";
import type { HardState, Snapshot } from "./storage.ts";

/** Not persisted: who leads, and what this peer is. */
export type SoftState = { readonly leader: PeerId; readonly role: RoleName };

export type Ready = {
  readonly softState: SoftState | null;
  readonly hardState: HardState | null;
  readonly readStates: readonly ReadState[];
  /** To be made durable before the messages of the same Ready leave (synchronous mode). */
  readonly entries: readonly Entry[];
  /** To be installed and made durable, likewise. */
  readonly snapshot: Snapshot | null;
  /** To be applied. */
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  /** Entries, term or vote are new; a mere commit index may be lost in a crash. */
  readonly mustSync: boolean;
};

export class ReadySource {
  readonly #raft: Raft;
  #softState: SoftState;
  #hardState: HardState;
  /** Synchronous mode: what the peer tells itself when the Ready has been handled. */
  #onAdvance: Message[] = [];

  /** What the owner knows at the start is no news. */
  constructor(raft: Raft) {
    this.#raft = raft;
    this.#softState = { leader: leaderOf(raft), role: raft.role.name };
    this.#hardState = { term: raft.term, vote: raft.vote, commit: raft.log.committed };
  }

  hasReady(): boolean {
    const raft = this.#raft;
    return (
      raft.messages.length > 0 ||
      raft.messagesAfterPersist.length > 0 ||
      this.#isSoftStateNew() ||
      this.#isHardStateNew() ||
      raft.log.unstable.hasNextEntries ||
      raft.log.unstable.nextSnapshot() !== null ||
      raft.log.hasNextCommitted(this.#mayApplyUnstable) ||
      raft.readStates.length > 0
    );
  }

  take(): Ready {
    const raft = this.#raft;
    assert(this.#onAdvance.length === 0, "a Ready was taken before the last one was advanced");
    const mustSync = this.#mustSync();
    const softState = this.#takeSoftState();
    const hardState = this.#takeHardState();
    const entries = raft.log.unstable.nextEntries();
    const snapshot = raft.log.unstable.nextSnapshot();
    const committedEntries = raft.log.nextCommitted(this.#mayApplyUnstable);
    const append = this.#appendWork(hardState, entries, snapshot);
    const apply = this.#applyWork(committedEntries);
    const messages = raft.messages;
    if (append !== null) this.#hand(append, messages);
    if (apply !== null) this.#hand(apply, messages);
    const readStates = raft.readStates;
    this.#accept(committedEntries);
    return {
      softState,
      hardState,
      readStates,
      entries,
      snapshot,
      committedEntries,
      messages,
      mustSync,
    };
  }

  /** The peer's own share of a Ready that the owner has handled. */
  takeOnAdvance(): readonly Message[] {
    const messages = this.#onAdvance;
    this.#onAdvance = [];
    return messages;
  }

  /**
   * A synchronous owner makes entries durable before it applies them, in one Ready; asynchronously
   * the apply thread may be ahead, so only what is known to be durable is handed out.
   */
  get #mayApplyUnstable(): boolean {
    return !this.#raft.config.asyncStorageWrites;
  }

  #isSoftStateNew(): boolean {
    const { leader, role } = this.#softState;
    return leader !== leaderOf(this.#raft) || role !== this.#raft.role.name;
  }

  #isHardStateNew(): boolean {
    const { term, vote, commit } = this.#hardState;
    const raft = this.#raft;
    return term !== raft.term || vote !== raft.vote || commit !== raft.log.committed;
  }

  #mustSync(): boolean {
    const { term, vote } = this.#hardState;
    const raft = this.#raft;
    return raft.log.unstable.hasNextEntries || term !== raft.term || vote !== raft.vote;
  }

  #takeSoftState(): SoftState | null {
    if (!this.#isSoftStateNew()) return null;
    this.#softState = { leader: leaderOf(this.#raft), role: this.#raft.role.name };
    return this.#softState;
  }

  #takeHardState(): HardState | null {
    if (!this.#isHardStateNew()) return null;
    const { term, vote, log } = this.#raft;
    this.#hardState = { term, vote, commit: log.committed };
    return this.#hardState;
  }

  #appendWork(
    hardState: HardState | null,
    entries: readonly Entry[],
    snapshot: Snapshot | null,
  ): Message | null {
    const { id, messagesAfterPersist: responses } = this.#raft;
    const isIdle =
      hardState === null && entries.length === 0 && snapshot === null && responses.length === 0;
    if (isIdle) return null;
    const ack = this.#stabilityAck(snapshot);
    if (ack !== null) responses.push(ack);
    return storageAppend(id, APPEND_THREAD, hardState, entries, snapshot, responses);
  }

  /**
   * Attached while anything is unstable, even if this work writes none of it: an earlier
   * acknowledgement may have been void by a change of term, and would leave the entries unstable
   * for good.
   */
  #stabilityAck(snapshot: Snapshot | null): Message | null {
    const { id, term, log } = this.#raft;
    const isUnstable = log.unstable.entries.length > 0;
    if (!isUnstable && snapshot === null) return null;
    const last = isUnstable ? log.lastId() : NO_PLACE;
    return storageAppendAck(APPEND_THREAD, id, term, last, snapshot);
  }

  #applyWork(entries: readonly Entry[]): Message | null {
    if (entries.length === 0) return null;
    const { id } = this.#raft;
    return storageApply(id, APPLY_THREAD, entries, [storageApplyAck(APPLY_THREAD, id, entries)]);
  }

  #hand(work: Message, messages: Message[]): void {
    if (this.#raft.config.asyncStorageWrites) {
      messages.push(work);
      return;
    }
    for (const response of work.responses)
      (response.to === this.#raft.id ? this.#onAdvance : messages).push(response);
  }

  #accept(committedEntries: readonly Entry[]): void {
    const raft = this.#raft;
    raft.messages = [];
    raft.messagesAfterPersist = [];
    raft.readStates = [];
    raft.log.unstable.acceptInProgress();
    if (committedEntries.length > 0)
      raft.log.acceptApplying(committedEntries, this.#mayApplyUnstable);
  }
}
