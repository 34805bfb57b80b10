/**
 * One peer of a Raft group, as its owner sees it: inputs go in, Readys come out. It does no I/O,
 * reads no clock and draws no chance of its own; the same inputs give the same Readys.
 *
 * Asynchronous storage writes: `ready()` yields MsgStorageAppend and MsgStorageApply among its
 * messages. Each storage thread handles its messages in order and delivers `responses` after the
 * write is durable (append) or the entries are applied (apply); those addressed to this peer go to
 * `step`. The storage shows a write before its responses are stepped. Conf changes among the
 * applied entries are given to `applyConfChange` before the response of their batch is; those that
 * a snapshot has overtaken (their index is below `firstIndex`) are not. A hard state may be written
 * without a sync only if it is durable at the latest with the next entry.
 *
 * Synchronous: the owner makes entries, hard state and snapshot durable, sends the messages,
 * applies the committed entries and calls `advance()`, before it takes the next Ready.
 */
import { assert } from "./assert.ts";
import { type ConfChange, encodeConfChange } from "./conf-change.ts";
import { allVoters, type ConfState } from "./conf-state.ts";
import { type RaftConfig, resolveConfig } from "./config.ts";
import { type Entry, makeEntry } from "./entry.ts";
import {
  isStorageThread,
  type LogIndex,
  maxIndex,
  NO_INDEX,
  NO_PEER,
  NO_TERM,
  type PeerId,
  type Term,
} from "./ids.ts";
import { activate, applyConfChange, newProgress, objectionToConfChange } from "./membership.ts";
import { isLocalType, isResponseType, type Message, makeMessage, request } from "./message.ts";
import type { Progress } from "./progress.ts";
import {
  hasCommittedInTerm,
  isPromotable,
  leaderOf,
  mayChangeMembership,
  Raft,
} from "./raft-state.ts";
import { type Ready, ReadySource } from "./ready.ts";
import { type ReconfigureRefusal, restoreMembership } from "./reconfigure.ts";
import type { Refusal } from "./refusal.ts";
import { isAtRest, wake } from "./rest.ts";
import { initialise } from "./restore.ts";
import type { RoleName } from "./role-name.ts";
import { becomeFollower } from "./roles.ts";
import { type Status, statusOf } from "./status.ts";
import { step } from "./step.ts";
import {
  EMPTY_HARD_STATE,
  type HardState,
  isEmptyHardState,
  type Snapshot,
  type TermLookup,
} from "./storage.ts";
import { tick } from "./tick.ts";

export class RaftNode {
  readonly #raft: Raft;
  readonly #source: ReadySource;
  /** Nothing was put in since there was nothing to take: ticks then need not look again. */
  #isSettled = false;

  /**
   * Starts or restarts from the storage. @throws RaftConfigError on a configuration that cannot
   * work.
   */
  constructor(config: RaftConfig) {
    const resolved = resolveConfig(config);
    const raft = new Raft(resolved);
    const { hardState, confState } = resolved.storage.initialState();
    activate(raft, restoreMembership(confState, newProgress(raft)));
    load(raft, hardState ?? EMPTY_HARD_STATE);
    if (resolved.applied > 0) raft.log.appliedTo(resolved.applied, 0);
    becomeFollower(raft, raft.term, NO_PEER);
    this.#raft = raft;
    this.#source = new ReadySource(raft);
    traceStart(raft);
  }

  get id(): PeerId {
    return this.#raft.id;
  }

  get term(): Term {
    return this.#raft.term;
  }

  get vote(): PeerId {
    return this.#raft.vote;
  }

  get role(): RoleName {
    return this.#raft.role.name;
  }

  get isLeader(): boolean {
    return this.#raft.role.name === "leader";
  }

  /** NO_PEER while no leader of the term is known. */
  get leader(): PeerId {
    return leaderOf(this.#raft);
  }

  get commitIndex(): LogIndex {
    return this.#raft.log.committed;
  }

  get appliedIndex(): LogIndex {
    return this.#raft.log.applied;
  }

  /** Of the log with its unstable tail. */
  get firstIndex(): LogIndex {
    return this.#raft.log.firstIndex();
  }

  get lastIndex(): LogIndex {
    return this.#raft.log.lastIndex();
  }

  get confState(): ConfState {
    return this.#raft.tracker.confState;
  }

  /** Whether this peer may campaign: a voter without a snapshot to take in. */
  get isPromotable(): boolean {
    return isPromotable(this.#raft);
  }

  /** True at a leader that would take a conf change now: one at a time, and none before what it found is applied. */
  get mayChangeMembership(): boolean {
    return mayChangeMembership(this.#raft);
  }

  /** A leader knows the true commit index, and may serve reads, only from then on. */
  get hasCommittedInTerm(): boolean {
    return hasCommittedInTerm(this.#raft);
  }

  /**
   * Nothing is left to do and nothing waits for an answer: it may be left without ticks while its owner knows
   * that the others of its group are there. Then it is to be woken before the next tick.
   */
  get isAtRest(): boolean {
    return !this.hasReady() && isAtRest(this.#raft);
  }

  termAt(index: LogIndex): TermLookup {
    return this.#raft.log.term(index);
  }

  /**
   * The live progress of a member, meaningful on the leader; to be read at once, and not changed.
   */
  progressOf(id: PeerId): Readonly<Progress> | undefined {
    return this.#raft.tracker.progressOf(id);
  }

  status(): Status {
    return statusOf(this.#raft);
  }

  /** A message of another peer or of a storage thread. */
  step(message: Message): Refusal | undefined {
    const isOfThread = isStorageThread(message.from);
    if (isLocalType(message.type) && !isOfThread) return "local-message";
    const isKnown = isOfThread || this.#raft.tracker.progressOf(message.from) !== undefined;
    if (isResponseType(message.type) && !isKnown) return "unknown-peer";
    return this.#step(message);
  }

  /** Every input but a tick and a change of membership takes this way. */
  #step(message: Message): Refusal | undefined {
    this.#isSettled = false;
    return step(this.#raft, message);
  }

  /** One tick passed. @returns whether there is a Ready to take. */
  tick(): boolean {
    if (tick(this.#raft)) this.#isSettled = false;
    return this.hasReady();
  }

  /** Ticks begin again after a time without: nobody is thought dead for having been silent in it. */
  wake(): void {
    this.#isSettled = false;
    wake(this.#raft);
  }

  campaign(): void {
    this.#step(makeMessage({ type: "MsgHup", from: this.id }));
  }

  propose(data: Uint8Array): Refusal | undefined {
    return this.proposeAll([data]);
  }

  /** All or none, as consecutive entries: one append to each peer instead of one for each entry. */
  proposeAll(payloads: readonly Uint8Array[]): Refusal | undefined {
    return this.#propose(payloads.map((data) => makeEntry(NO_TERM, NO_INDEX, "normal", data)));
  }

  /** As version 1 an entry holds a single change; no data mean to leave a joint configuration. */
  proposeConfChange(
    change: ConfChange,
    type: "conf-change" | "conf-change-v2" = "conf-change-v2",
  ): Refusal | undefined {
    assert(type === "conf-change-v2" || change.changes.length === 1, "not a version 1 change");
    return this.#propose([makeEntry(NO_TERM, NO_INDEX, type, encodeConfChange(change))]);
  }

  /**
   * Why `change` could not be applied to the present configuration. Worth asking before it is
   * proposed: a committed change that cannot be applied is an invariant broken on every peer.
   */
  objectionToConfChange(change: ConfChange): ReconfigureRefusal | undefined {
    return objectionToConfChange(this.#raft, change);
  }

  #propose(entries: readonly Entry[]): Refusal | undefined {
    return this.#step(request("MsgProp", NO_PEER, this.id, entries));
  }

  /** A committed change takes effect; to be called while its entry is applied, on every peer. */
  applyConfChange(change: ConfChange): ConfState {
    this.#isSettled = false;
    return applyConfChange(this.#raft, change);
  }

  /** The answer is a ReadState with the same context, or nothing: the caller asks again in time. */
  readIndex(context: Uint8Array): Refusal | undefined {
    const entry = makeEntry(NO_TERM, NO_INDEX, "normal", context);
    return this.#step(request("MsgReadIndex", NO_PEER, this.id, [entry]));
  }

  /** Asks whoever leads to hand leadership to `to`; given up after an election timeout. */
  transferLeader(to: PeerId): void {
    this.#step(makeMessage({ type: "MsgTransferLeader", from: to }));
  }

  /** Lets a follower vote although it has heard a leader lately. */
  forgetLeader(): void {
    this.#step(makeMessage({ type: "MsgForgetLeader" }));
  }

  reportUnreachable(peer: PeerId): void {
    this.#step(makeMessage({ type: "MsgUnreachable", from: peer }));
  }

  /** How the sending of a snapshot to `peer` ended. */
  reportSnapshot(peer: PeerId, isDelivered: boolean): void {
    this.#step(makeMessage({ type: "MsgSnapStatus", from: peer, reject: !isDelivered }));
  }

  /**
   * Gives a replica with an empty log its first state, that of a split, without a leader having
   * sent it. It leaves as a snapshot in the next Ready. Term and vote stay; the term is raised to
   * the snapshot's if it is lower. @returns false if the replica has a log already: the call came
   * too late.
   */
  initialise(snapshot: Snapshot): boolean {
    this.#isSettled = false;
    return initialise(this.#raft, snapshot);
  }

  hasReady(): boolean {
    if (this.#isSettled) return false;
    const hasReady = this.#source.hasReady();
    this.#isSettled = !hasReady;
    return hasReady;
  }

  /** Hands out all there is to do, once. */
  ready(): Ready {
    return this.#source.take();
  }

  /** Synchronous mode: the last Ready has been handled. */
  advance(): void {
    assert(!this.#raft.config.asyncStorageWrites, "advance is not called in asynchronous mode");
    for (const message of this.#source.takeOnAdvance()) this.#step(message);
  }

  /**
   * Replaces the drawn election timeout until the next change of role, so that tests choose who
   * wins.
   */
  overrideElectionTimeout(ticks: number): void {
    this.#raft.randomizedElectionTicks = ticks;
  }
}

/**
 * Takes up what was promised before. The commit index on disk may lie behind what was applied: it
 * need not be synced, and the applied state may be kept elsewhere; what was applied was committed.
 * Votes are withheld after a restart only: a peer without a hard state has promised nothing.
 */
function load(raft: Raft, hardState: HardState): void {
  if (isEmptyHardState(hardState)) return;
  const { term, vote } = hardState;
  const { log } = raft;
  const commit = maxIndex(hardState.commit, raft.config.applied);
  assert(
    commit >= log.committed && commit <= log.lastIndex(),
    "the hard state does not fit the log",
  );
  raft.term = term;
  raft.vote = vote;
  log.committed = commit;
  if (raft.config.withholdVotesAfterRestart) raft.voteWithheldTicks = raft.config.electionTicks;
}

function traceStart(raft: Raft): void {
  const { id, term, log, tracker } = raft;
  raft.trace?.({
    kind: "started",
    id,
    voters: allVoters(tracker.confState),
    term,
    commit: log.committed,
    applied: log.applied,
    lastIndex: log.lastIndex(),
    lastTerm: log.lastTerm(),
  });
}
