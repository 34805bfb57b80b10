/**
 * Elections (Raft paper §5.2, §5.4.1; pre-vote and leader stickiness of thesis §9.6): campaigning,
 * giving votes and counting them. Invariants: one real vote a term, durable before it is answered;
 * nobody votes for a log less complete than its own.
 */

import { allVoters } from "./conf-state.ts";
import { type LogIndex, NO_PEER, type PeerId, plus, type Term } from "./ids.ts";
import {
  type Message,
  NO_CONTEXT,
  NO_PLACE,
  type Place,
  responseTypeOf,
  TRANSFER_CONTEXT,
  type VoteRequestType,
  type VoteResponseType,
  voteGrant,
  voteRefusal,
  voteRequest,
} from "./message.ts";
import {
  type Candidate,
  isPromotable,
  leaderOf,
  type Raft,
  send,
  sendAfterPersist,
} from "./raft-state.ts";
import { broadcastAppend } from "./replicate.ts";
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from "./roles.ts";

export type CampaignKind = "pre-vote" | "vote" | "transfer";

/** The kind of campaign that a timeout starts. */
export function ordinaryCampaign(raft: Raft): CampaignKind {
  return raft.config.preVote ? "pre-vote" : "vote";
}

/** Campaigns, if this peer may. */
export function tryCampaign(raft: Raft, kind: CampaignKind): void {
  const { id, term } = raft;
  const reason = objectionToCampaign(raft);
  if (reason !== undefined) {
    raft.trace?.({ kind: "campaign-refused", id, term, reason });
    return;
  }
  raft.trace?.({ kind: "campaign-started", id, term });
  campaign(raft, kind);
}

/**
 * A committed conf change that is not applied here may have removed this peer, or moved the quorum:
 * a leader elected by the old configuration could commit without the new one's majority.
 */
function objectionToCampaign(
  raft: Raft,
): "already-leader" | "unpromotable" | "unapplied-conf-change" | undefined {
  if (raft.role.name === "leader") return "already-leader";
  if (!isPromotable(raft)) return "unpromotable";
  if (hasUnappliedConfChange(raft)) return "unapplied-conf-change";
  return undefined;
}

function hasUnappliedConfChange({ log }: Raft): boolean {
  if (log.applied >= log.committed) return false;
  const high: LogIndex = plus(log.committed, 1);
  const pageBytes = log.applyWindow.bytesMax;
  return log.some(plus(log.applied, 1), high, pageBytes, (entry) => entry.type !== "normal");
}

/** The own vote counts like every other: when it is durable, as a message to itself. */
function campaign(raft: Raft, kind: CampaignKind): void {
  if (kind === "pre-vote") becomePreCandidate(raft);
  else becomeCandidate(raft);
  const type: VoteRequestType = kind === "pre-vote" ? "MsgPreVote" : "MsgVote";
  const electionTerm = (kind === "pre-vote" ? raft.term + 1 : raft.term) as Term;
  const sender = { id: raft.id, term: electionTerm };
  const context = kind === "transfer" ? TRANSFER_CONTEXT : NO_CONTEXT;
  const last = raft.log.lastId();
  for (const to of allVoters(raft.tracker.confState)) {
    if (to === raft.id) {
      sendAfterPersist(raft, voteGrant(responseTypeOf(type), sender, to));
      continue;
    }
    raft.trace?.({
      kind: "vote-requested",
      id: raft.id,
      type,
      to,
      term: raft.term,
      lastIndex: last.index,
      lastTerm: last.term,
    });
    sendVoteRequest(raft, voteRequest(type, sender, to, last, sharedCommit(raft), context));
  }
}

/** A poll may leave at once: nobody is elected by what it brings. */
function sendVoteRequest(raft: Raft, message: Message): void {
  const mustWait = raft.config.requestVotesWhenDurable && message.type === "MsgVote";
  if (mustWait) sendAfterPersist(raft, message);
  else send(raft, message);
}

/**
 * Whether a request is left without an answer: in a lease, so that a peer that lost contact cannot
 * depose a leader others hear (thesis §4.2.3), and after a restart that made this peer forget such
 * a lease. The lease lasts the plain election timeout: leaders reckon with nothing longer.
 */
export function ignoresVoteRequest(raft: Raft, message: Message): boolean {
  if (message.context === TRANSFER_CONTEXT) return false;
  const isRepeated = message.term === raft.term && message.from === raft.vote;
  if (raft.voteWithheldTicks > 0 && !isRepeated) {
    traceVote(raft, message, "vote-withheld", raft.voteWithheldTicks);
    return true;
  }
  const remainingTicks = raft.config.electionTicks - raft.electionElapsedTicks;
  const isInLease =
    raft.config.checkQuorum &&
    message.term > raft.term &&
    leaderOf(raft) !== NO_PEER &&
    remainingTicks > 0;
  if (isInLease) traceVote(raft, message, "vote-ignored-in-lease", remainingTicks);
  return isInLease;
}

export function onVoteRequest(raft: Raft, message: Message, type: VoteRequestType): void {
  const isRepeated = raft.vote === message.from;
  const isFree = raft.vote === NO_PEER && leaderOf(raft) === NO_PEER;
  // A poll for a later term promises nothing, so it does not matter whom this peer voted for.
  const isFuturePoll = type === "MsgPreVote" && message.term > raft.term;
  const isAllowed = isRepeated || isFree || isFuturePoll;
  if (isAllowed && raft.log.isUpToDate(message.index, message.logTerm))
    grantVote(raft, message, type);
  else rejectVote(raft, message, type);
}

function grantVote(raft: Raft, message: Message, type: VoteRequestType): void {
  traceVote(raft, message, "vote-cast");
  // The answer to a poll carries the term it was asked for: the pre-candidate's own is lower.
  const sender = { id: raft.id, term: message.term };
  sendAfterPersist(raft, voteGrant(responseTypeOf(type), sender, message.from));
  if (type === "MsgPreVote") return;
  raft.electionElapsedTicks = 0;
  raft.vote = message.from;
}

export function rejectVote(raft: Raft, message: Message, type: VoteRequestType): void {
  traceVote(raft, message, "vote-rejected");
  const refusal = voteRefusal(responseTypeOf(type), raft, message.from, sharedCommit(raft));
  sendAfterPersist(raft, refusal);
  commitByVote(raft, message);
}

/** Answers to the other kind of poll are of another round, and ignored. */
export function onVoteResponse(
  raft: Raft,
  candidate: Candidate,
  message: Message,
  type: VoteResponseType,
): void {
  const expected = candidate.name === "candidate" ? "MsgVoteResp" : "MsgPreVoteResp";
  if (type !== expected) return;
  countVote(raft, candidate, message.from, type, !message.reject);
  commitByVote(raft, message);
}

function countVote(
  raft: Raft,
  candidate: Candidate,
  from: PeerId,
  type: VoteResponseType,
  isGranted: boolean,
): void {
  const { id, term, tracker } = raft;
  raft.trace?.({ kind: "vote-answered", id, type, from, term, isGranted });
  if (!candidate.votes.has(from)) candidate.votes.set(from, isGranted);
  raft.trace?.({ kind: "votes-counted", id, type, ...tracker.countVotes(candidate.votes) });
  const result = tracker.voteResult(candidate.votes);
  if (result === "lost") becomeFollower(raft, raft.term, NO_PEER);
  else if (result === "won") win(raft, candidate);
}

function win(raft: Raft, candidate: Candidate): void {
  if (candidate.name === "pre-candidate") {
    campaign(raft, "vote");
  } else {
    becomeLeader(raft);
    broadcastAppend(raft);
  }
}

function sharedCommit({ config, log }: Raft): Place {
  if (!config.shareCommitInVotes) return NO_PLACE;
  return { index: log.committed, term: log.termOrZero(log.committed) };
}

/**
 * Commits what a vote tells to be committed, if the own log has that very entry: then it has all
 * before it. A candidate that so learns of a conf change may not go on before it is applied.
 */
function commitByVote(raft: Raft, { commit, commitTerm }: Message): void {
  if (raft.role.name === "leader" || !raft.log.tryCommit(commit, commitTerm)) return;
  raft.trace?.({ kind: "committed-by-vote", id: raft.id, commit });
  if (raft.role.name !== "follower" && hasUnappliedConfChange(raft))
    becomeFollower(raft, raft.term, NO_PEER);
}

function traceVote(
  raft: Raft,
  message: Message,
  kind: "vote-cast" | "vote-rejected" | "vote-ignored-in-lease" | "vote-withheld",
  remainingTicks = 0,
): void {
  raft.trace?.({
    kind,
    id: raft.id,
    type: message.type === "MsgVote" ? "MsgVote" : "MsgPreVote",
    from: message.from,
    vote: raft.vote,
    term: raft.term,
    candidateTerm: message.logTerm,
    candidateIndex: message.index,
    remainingTicks,
    lastIndex: raft.log.lastIndex(),
    lastTerm: raft.log.lastTerm(),
  });
}
