/**
 * The state of one peer, and the questions that are answered from it alone. Only the functions of
 * this folder change it. What exists in one role only lives in that role's object, which is made
 * anew at every change of role: votes, pending reads and a pending transfer cannot outlive it.
 */

import { assert } from "./assert.ts";
import type { ResolvedConfig } from "./config.ts";
import { type LogIndex, NO_PEER, NO_TERM, type PeerId, type Term } from "./ids.ts";
import { RaftLog } from "./log.ts";
import { isAfterPersistType, type Message } from "./message.ts";
import type { ReadQueue } from "./read-queue.ts";
import type { TraceSink } from "./trace.ts";
import { Tracker, type Votes } from "./tracker.ts";

export type Follower = { readonly name: "follower"; leader: PeerId };
export type Candidate = {
  readonly name: "pre-candidate" | "candidate";
  readonly votes: Votes;
};
export type Leader = {
  readonly name: "leader";
  /** Whom leadership is being handed to; proposals are refused meanwhile. */
  transferee: PeerId;
  /** No conf change may be proposed before this index is applied. */
  pendingConfIndex: LogIndex;
  uncommittedBytes: number;
  readonly reads: ReadQueue;
};
export type Role = Follower | Candidate | Leader;

/** A read that may be served once `index` is applied. */
export type ReadState = { readonly index: LogIndex; readonly context: Uint8Array };

export class Raft {
  // What a tick reads stands together: it comes with one line of the cache.
  role: Role = { name: "follower", leader: NO_PEER };
  /** Ticks for which votes are still withheld after a restart. */
  voteWithheldTicks = 0;
  /**
   * Ticks since the leader was heard of, a vote was given, or, as leader, the quorum was checked.
   */
  electionElapsedTicks = 0;
  randomizedElectionTicks = 0;
  heartbeatElapsedTicks = 0;
  readonly config: ResolvedConfig;

  readonly id: PeerId;
  readonly trace: TraceSink | undefined;
  readonly log: RaftLog;
  readonly tracker = new Tracker();
  term: Term = NO_TERM;
  /** Whom this peer voted for in `term`. */
  vote: PeerId = NO_PEER;
  /** Grows for the whole life of the object, so that no late confirmation fits a later read. */
  lastReadSequence = 0;
  /** Messages that may leave at once. */
  messages: Message[] = [];
  /**
   * Messages that may leave when everything unstable so far is durable, some to this peer itself.
   */
  messagesAfterPersist: Message[] = [];
  readStates: ReadState[] = [];

  constructor(config: ResolvedConfig) {
    this.id = config.id;
    this.config = config;
    this.trace = config.trace;
    this.log = new RaftLog(config.storage, config.applyingBytesMax, config.trace);
  }
}

export function leaderOf(raft: Raft): PeerId {
  switch (raft.role.name) {
    case "follower":
      return raft.role.leader;
    case "leader":
      return raft.id;
    default:
      return NO_PEER;
  }
}

export function transfereeOf(raft: Raft): PeerId {
  return raft.role.name === "leader" ? raft.role.transferee : NO_PEER;
}

/**
 * May campaign: a voter or staged learner of the own configuration that has no snapshot to take in.
 */
export function isPromotable(raft: Raft): boolean {
  const own = raft.tracker.progressOf(raft.id);
  return own !== undefined && !own.isLearner && raft.log.unstable.snapshot === null;
}

export function isOwnMember(raft: Raft): boolean {
  return raft.tracker.progressOf(raft.id) !== undefined;
}

/** A leader knows the commit index for certain only from then on (Raft paper §8). */
export function hasCommittedInTerm(raft: Raft): boolean {
  return raft.log.termOrZero(raft.log.committed) === raft.term;
}

/** At most one change is in the log and not applied, also of those that a new leader found there. */
export function mayChangeMembership({ role, log }: Raft): boolean {
  return role.name === "leader" && role.pendingConfIndex <= log.applied;
}

/** Sends what may leave before anything is durable. */
export function send(raft: Raft, message: Message): void {
  assert(!isAfterPersistType(message.type), "a durable promise was sent before it is durable");
  assert(message.to !== raft.id, "a peer sent a message to itself");
  raft.messages.push(message);
}

/** Sends a promise about durable state: it waits for what is unstable now. */
export function sendAfterPersist(raft: Raft, message: Message): void {
  const mayWait = isAfterPersistType(message.type) || message.type === "MsgVote";
  assert(mayWait, "a message waits for durability without need");
  raft.messagesAfterPersist.push(message);
}
