/**
 * From one membership to the next: the simple change, entering and leaving a joint configuration
 * (Raft thesis §4.3), and the restoration of a stored configuration. Pure: the active membership is
 * never touched, so a refused change has no effect.
 *
 * Why at most one voter may change in a simple step: only then do majorities before and after
 * overlap.
 */

import { assert, unreachable } from "./assert.ts";
import {
  type ConfChange,
  type ConfChangeSingle,
  entersJoint,
  leavesAutomatically,
  leavesJoint,
} from "./conf-change.ts";
import { type ConfState, isJoint, normalizeConfState } from "./conf-state.ts";
import { type LogIndex, maxIndex, NO_PEER, type PeerId, sortedIds } from "./ids.ts";
import { Progress, type WindowLimits } from "./progress.ts";
import type { Membership } from "./tracker.ts";

export type ReconfigureRefusal =
  | "removed-all-voters"
  | "simple-change-in-joint"
  | "more-than-one-voter-changed"
  | "already-joint"
  | "zero-voter-joint"
  | "not-joint";

export type Reconfigured =
  | { readonly ok: true; readonly membership: Membership }
  | { readonly ok: false; readonly refusal: ReconfigureRefusal };

/** How the progress of a new member starts. */
export type NewProgress = { readonly lastIndex: LogIndex; readonly limits: WindowLimits };

/** A membership under change. */
type Draft = {
  readonly voters: Set<PeerId>;
  readonly outgoing: Set<PeerId>;
  readonly learners: Set<PeerId>;
  readonly learnersNext: Set<PeerId>;
  readonly progress: Map<PeerId, Progress>;
};

export function reconfigure(
  from: Membership,
  change: ConfChange,
  fresh: NewProgress,
): Reconfigured {
  if (leavesJoint(change)) return leaveJoint(from);
  if (entersJoint(change))
    return enterJoint(from, change.changes, leavesAutomatically(change), fresh);
  return simpleChange(from, change.changes, fresh);
}

export function simpleChange(
  from: Membership,
  changes: readonly ConfChangeSingle[],
  fresh: NewProgress,
): Reconfigured {
  if (isJoint(from.confState)) return refuse("simple-change-in-joint");
  const draft = openDraft(from);
  if (!applyAll(draft, changes, fresh)) return refuse("removed-all-voters");
  if (countDifferences(from.confState.voters, draft.voters) > 1)
    return refuse("more-than-one-voter-changed");
  return finish(draft, false);
}

export function enterJoint(
  from: Membership,
  changes: readonly ConfChangeSingle[],
  autoLeave: boolean,
  fresh: NewProgress,
): Reconfigured {
  if (isJoint(from.confState)) return refuse("already-joint");
  if (from.confState.voters.length === 0) return refuse("zero-voter-joint");
  const draft = openDraft(from);
  for (const id of draft.voters) draft.outgoing.add(id);
  if (!applyAll(draft, changes, fresh)) return refuse("removed-all-voters");
  return finish(draft, autoLeave);
}

/** Staged learners move, and outgoing voters that are nothing else lose their place. */
export function leaveJoint(from: Membership): Reconfigured {
  if (!isJoint(from.confState)) return refuse("not-joint");
  const draft = openDraft(from);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  for (const id of draft.outgoing)
    if (!draft.voters.has(id) && !draft.learners.has(id)) draft.progress.delete(id);
  draft.outgoing.clear();
  return finish(draft, false);
}

/** A stored configuration, with nothing known of any member. */
export function restoreMembership(confState: ConfState, fresh: NewProgress): Membership {
  const normal = normalizeConfState(confState);
  const progress = new Map<PeerId, Progress>();
  for (const ids of [normal.voters, normal.votersOutgoing, normal.learners])
    for (const id of ids) if (!progress.has(id)) progress.set(id, newProgress(id, fresh));
  return { confState: normal, progress };
}

function refuse(refusal: ReconfigureRefusal): Reconfigured {
  return { ok: false, refusal };
}

function openDraft({ confState, progress }: Membership): Draft {
  return {
    voters: new Set(confState.voters),
    outgoing: new Set(confState.votersOutgoing),
    learners: new Set(confState.learners),
    learnersNext: new Set(confState.learnersNext),
    progress: new Map(progress),
  };
}

function finish(draft: Draft, autoLeave: boolean): Reconfigured {
  const confState = normalizeConfState({
    voters: [...draft.voters],
    learners: [...draft.learners],
    votersOutgoing: [...draft.outgoing],
    learnersNext: [...draft.learnersNext],
    autoLeave,
  });
  assert(
    sortedIds([...draft.voters, ...draft.outgoing, ...draft.learners]).length ===
      draft.progress.size,
    "members and their progress fell apart",
  );
  return { ok: true, membership: { confState, progress: draft.progress } };
}

/** @returns whether a voter is left. */
function applyAll(draft: Draft, changes: readonly ConfChangeSingle[], fresh: NewProgress): boolean {
  for (const change of changes) if (change.nodeId !== NO_PEER) applyOne(draft, change, fresh);
  return draft.voters.size > 0;
}

function applyOne(draft: Draft, { type, nodeId }: ConfChangeSingle, fresh: NewProgress): void {
  switch (type) {
    case "add-node":
      makeVoter(draft, nodeId, fresh);
      break;
    case "add-learner-node":
      makeLearner(draft, nodeId, fresh);
      break;
    case "remove-node":
      remove(draft, nodeId);
      break;
    case "update-node":
      break;
    default:
      unreachable(type);
  }
}

function makeVoter(draft: Draft, id: PeerId, fresh: NewProgress): void {
  if (!draft.progress.has(id)) draft.progress.set(id, newProgress(id, fresh));
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  draft.voters.add(id);
}

/**
 * A peer that still votes in the outgoing half is only staged: it may not be a learner and a voter
 * at once, and becomes a learner when the joint configuration is left.
 */
function makeLearner(draft: Draft, id: PeerId, fresh: NewProgress): void {
  if (!draft.progress.has(id)) draft.progress.set(id, newProgress(id, fresh));
  draft.voters.delete(id);
  if (draft.outgoing.has(id)) draft.learnersNext.add(id);
  else draft.learners.add(id);
}

/** An outgoing voter keeps its progress until the joint configuration is left. */
function remove(draft: Draft, id: PeerId): void {
  draft.voters.delete(id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  if (!draft.outgoing.has(id)) draft.progress.delete(id);
}

/**
 * A new member counts as active, so that a quorum check right after it was added does not depose
 * the leader. Its match of 0 stays below the next index even in an empty log.
 */
function newProgress(id: PeerId, { lastIndex, limits }: NewProgress): Progress {
  return new Progress(id, maxIndex(lastIndex, 1 as LogIndex), true, limits);
}

function countDifferences(before: readonly PeerId[], after: ReadonlySet<PeerId>): number {
  const removed = before.filter((id) => !after.has(id)).length;
  const kept = before.length - removed;
  return removed + (after.size - kept);
}
