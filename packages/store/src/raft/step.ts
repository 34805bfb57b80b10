/**
 * The door of every message: terms first (Raft paper §5.1), then what is the same in every role,
 * then the role's own. Invariants: the term never falls; a message of an older term has no effect
 * on the log, the vote or the role.
 */

import { unreachable } from "./assert.ts";
import {
  ignoresVoteRequest,
  onVoteRequest,
  ordinaryCampaign,
  rejectVote,
  tryCampaign,
} from "./election.ts";
import { NO_INDEX, NO_PEER } from "./ids.ts";
import { appendAck, type Message } from "./message.ts";
import { type Raft, sendAfterPersist } from "./raft-state.ts";
import type { Refusal } from "./refusal.ts";
import { becomeFollower } from "./roles.ts";
import { stepCandidate } from "./step-candidate.ts";
import { stepFollower } from "./step-follower.ts";
import { stepLeader } from "./step-leader.ts";
import { onSnapshotApplied, onStorageAppended, onStorageApplied } from "./storage-ack.ts";

export function step(raft: Raft, message: Message): Refusal | undefined {
  if (message.term !== 0 && !passesTerm(raft, message)) return undefined;
  switch (message.type) {
    case "MsgHup":
      tryCampaign(raft, ordinaryCampaign(raft));
      return undefined;
    case "MsgVote":
    case "MsgPreVote":
      onVoteRequest(raft, message, message.type);
      return undefined;
    case "MsgStorageAppendResp":
      onStorageAppended(raft, message);
      return undefined;
    case "MsgStorageApplyResp":
      onStorageApplied(raft, message);
      return undefined;
    default:
      return stepRole(raft, message);
  }
}

function stepRole(raft: Raft, message: Message): Refusal | undefined {
  const { role } = raft;
  switch (role.name) {
    case "leader":
      return stepLeader(raft, role, message);
    case "follower":
      return stepFollower(raft, role, message);
    case "pre-candidate":
    case "candidate":
      return stepCandidate(raft, role, message);
    default:
      return unreachable(role);
  }
}

/** @returns whether the message is to be handled; the own term is then not below its term. */
function passesTerm(raft: Raft, message: Message): boolean {
  if (message.term < raft.term) {
    onLowerTerm(raft, message);
    return false;
  }
  const isVoteRequest = message.type === "MsgVote" || message.type === "MsgPreVote";
  if (isVoteRequest && ignoresVoteRequest(raft, message)) return false;
  if (message.term > raft.term) onHigherTerm(raft, message);
  return true;
}

/** A poll and its granting answer speak of a term that nobody has entered. */
function onHigherTerm(raft: Raft, message: Message): void {
  const { type } = message;
  if (type === "MsgPreVote" || (type === "MsgPreVoteResp" && !message.reject)) return;
  traceTerm(raft, "higher-term", message);
  // Whoever leads in that term is known when the follower takes what leaders alone send.
  becomeFollower(raft, message.term, NO_PEER);
}

function onLowerTerm(raft: Raft, message: Message): void {
  const { checkQuorum, preVote } = raft.config;
  const { type } = message;
  if ((checkQuorum || preVote) && (type === "MsgHeartbeat" || type === "MsgApp")) {
    // With either, a peer whose term ran ahead is heard by nobody: its term in this answer lets the
    // leader step down and the group go on together.
    sendAfterPersist(raft, appendAck(raft, message.from, NO_INDEX, NO_INDEX));
  } else if (type === "MsgPreVote") {
    // Mixed groups would be stuck without: a peer without pre-vote may hold the higher term.
    rejectVote(raft, message, type);
  } else if (type === "MsgStorageAppendResp") {
    // Its entries may have been replaced and replaced back since.
    if (message.index > 0) traceTerm(raft, "stable-ack-of-older-term", message);
    if (message.snapshot !== null) onSnapshotApplied(raft, message.snapshot);
  } else {
    traceTerm(raft, "lower-term", message);
  }
}

function traceTerm(
  raft: Raft,
  kind: "higher-term" | "lower-term" | "stable-ack-of-older-term",
  { type, from, term: messageTerm }: Message,
): void {
  raft.trace?.({ kind, id: raft.id, term: raft.term, type, from, messageTerm });
}
