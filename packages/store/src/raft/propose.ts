/**
 * Proposals at a leader: admission, the rules for conf changes, and the append to the own log.
 * Invariants: at most one conf change is in the log and not applied; the leader counts its own
 * entries as stored only by the acknowledgement it sends itself when they are durable.
 */
import { assert } from "./assert.ts";
import { confChangeOf } from "./conf-change.ts";
import { isJoint } from "./conf-state.ts";
import { type Entry, lastEntry, makeEntry, sumPayloadBytes } from "./entry.ts";
import { NO_INDEX, NO_PEER, plus } from "./ids.ts";
import { appendAck } from "./message.ts";
import { isOwnMember, type Leader, type Raft, sendAfterPersist } from "./raft-state.ts";
import type { ProposalRefusal } from "./refusal.ts";
import { broadcastAppend } from "./replicate.ts";
import type { ConfChangeObjection } from "./trace.ts";

export function propose(
  raft: Raft,
  leader: Leader,
  entries: readonly Entry[],
): ProposalRefusal | undefined {
  assert(entries.length > 0, "a proposal without entries");
  // A leader that applied its own removal goes on leading what is under way, and takes no more.
  if (!isOwnMember(raft)) return "not-a-member";
  if (leader.transferee !== NO_PEER) return dropProposal(raft, "transfer-in-progress");
  const admitted = entries.some(isConfChange)
    ? entries.map((entry, position) => admit(raft, leader, entry, position))
    : entries;
  if (!appendEntries(raft, leader, admitted)) return dropProposal(raft, "uncommitted-limit");
  broadcastAppend(raft);
  return undefined;
}

export function dropProposal(raft: Raft, reason: ProposalRefusal): ProposalRefusal {
  const leader = raft.role.name === "follower" ? raft.role.leader : NO_PEER;
  const transferee = raft.role.name === "leader" ? raft.role.transferee : NO_PEER;
  const { id, term } = raft;
  raft.trace?.({ kind: "proposal-dropped", id, term, reason, leader, transferee });
  return reason;
}

function isConfChange(entry: Entry): boolean {
  return entry.type !== "normal";
}

/**
 * A conf change that may not be made now is replaced by an empty entry; the proposal still
 * succeeds.
 */
function admit(raft: Raft, leader: Leader, entry: Entry, position: number): Entry {
  const change = confChangeOf(entry);
  if (change === undefined) return entry;
  const objection = objectionTo(raft, leader, change.changes.length === 0);
  if (objection !== undefined) {
    raft.trace?.({
      kind: "conf-change-ignored",
      id: raft.id,
      change,
      confState: raft.tracker.confState,
      objection,
      pendingIndex: leader.pendingConfIndex,
      applied: raft.log.applied,
    });
    return makeEntry(entry.term, entry.index, "normal", null);
  }
  leader.pendingConfIndex = plus(raft.log.lastIndex(), position + 1);
  return entry;
}

function objectionTo(
  raft: Raft,
  leader: Leader,
  wantsToLeave: boolean,
): ConfChangeObjection | undefined {
  if (raft.config.disableConfChangeValidation) return undefined;
  if (leader.pendingConfIndex > raft.log.applied) return "pending";
  const joint = isJoint(raft.tracker.confState);
  if (joint && !wantsToLeave) return "joint";
  if (!joint && wantsToLeave) return "not-joint";
  return undefined;
}

/** Gives the entries their place in the log. @returns false if the uncommitted tail is full. */
export function appendEntries(raft: Raft, leader: Leader, entries: readonly Entry[]): boolean {
  if (!reserveUncommitted(raft, leader, sumPayloadBytes(entries))) return false;
  const before = raft.log.lastIndex();
  const placed = entries.map(({ type, data }, position) =>
    makeEntry(raft.term, plus(before, position + 1), type, data),
  );
  raft.log.append(placed);
  const { index } = lastEntry(placed);
  sendAfterPersist(raft, appendAck(raft, raft.id, index, NO_INDEX));
  return true;
}

/**
 * The first proposal is taken whatever its size, and empty entries always are: a new leader's first
 * entry and the one that leaves a joint configuration must not be refused.
 */
function reserveUncommitted(raft: Raft, leader: Leader, bytes: number): boolean {
  const total = leader.uncommittedBytes + bytes;
  if (leader.uncommittedBytes > 0 && bytes > 0 && total > raft.config.uncommittedBytesMax)
    return false;
  leader.uncommittedBytes = total;
  return true;
}

/** Entries may be applied that an earlier leader appended and that were never counted here. */
export function releaseUncommitted(leader: Leader, bytes: number): void {
  leader.uncommittedBytes = Math.max(0, leader.uncommittedBytes - bytes);
}
