/**
 * The activation of a configuration: at the start, when a conf change is applied, and with a
 * snapshot. A leader then acts on what follows from it: the quorum may be smaller, a new peer wants
 * its log, the target of a transfer may have gone, the leader itself too.
 */
import { assert } from "./assert.ts";
import { advanceCommit } from "./commit.ts";
import type { ConfChange } from "./conf-change.ts";
import type { ConfState } from "./conf-state.ts";
import { NO_PEER } from "./ids.ts";
import type { Leader, Raft } from "./raft-state.ts";
import { confirmReads } from "./read-index.ts";
import { type NewProgress, type ReconfigureRefusal, reconfigure } from "./reconfigure.ts";
import { broadcastAppend, sendAppend } from "./replicate.ts";
import { becomeFollower } from "./roles.ts";
import type { Membership } from "./tracker.ts";

/** Why a change could not be applied to the present configuration; to be asked before proposing. */
export function objectionToConfChange(
  raft: Raft,
  change: ConfChange,
): ReconfigureRefusal | undefined {
  const result = reconfigure(raft.tracker.membership, change, newProgress(raft));
  return result.ok ? undefined : result.refusal;
}

/**
 * A committed change must be possible: proposals that are not are refused before they are appended.
 */
export function applyConfChange(raft: Raft, change: ConfChange): ConfState {
  const result = reconfigure(raft.tracker.membership, change, newProgress(raft));
  assert(result.ok, () => `a committed conf change cannot be applied: ${JSON.stringify(result)}`);
  return activate(raft, result.membership);
}

export function newProgress(raft: Raft): NewProgress {
  return { lastIndex: raft.log.lastIndex(), limits: raft.config };
}

export function activate(raft: Raft, membership: Membership): ConfState {
  const { tracker, role } = raft;
  tracker.install(membership);
  const { confState } = tracker;
  raft.trace?.({ kind: "configuration-switched", id: raft.id, confState });
  if (role.name === "leader") leadOn(raft, role);
  return confState;
}

/**
 * A leader that is no voter any more goes on with what is under way, so that the change itself
 * reaches the others, unless it is told to step down.
 */
function leadOn(raft: Raft, leader: Leader): void {
  const own = raft.tracker.progressOf(raft.id);
  if (own === undefined || own.isLearner) {
    if (raft.config.stepDownOnRemoval) becomeFollower(raft, raft.term, NO_PEER);
    return;
  }
  if (advanceCommit(raft, leader)) broadcastAppend(raft);
  else probeNewPeers(raft);
  if (raft.config.confirmReadsOnConfChange) confirmReads(raft, leader);
  if (!raft.tracker.isVoter(leader.transferee)) leader.transferee = NO_PEER;
}

/** They need not wait for a heartbeat or the next proposal. */
function probeNewPeers(raft: Raft): void {
  for (const peer of raft.tracker.peers) if (peer.id !== raft.id) sendAppend(raft, peer, false);
}
