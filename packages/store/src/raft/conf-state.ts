/**
 * The membership of a group. Invariants: every list is ascending and free of repeats; nobody is a
 * voter and a learner; `learnersNext` holds outgoing voters that become learners when the joint
 * configuration is left, and is empty outside of one, as is `autoLeave` false.
 */
import { assert } from "./assert.ts";
import { type PeerId, sortedIds } from "./ids.ts";

export type ConfState = {
  readonly voters: readonly PeerId[];
  readonly learners: readonly PeerId[];
  /** The outgoing half of a joint configuration; empty outside of one. */
  readonly votersOutgoing: readonly PeerId[];
  readonly learnersNext: readonly PeerId[];
  /** The leader proposes to leave the joint configuration as soon as it has applied it. */
  readonly autoLeave: boolean;
};

const NOBODY: readonly PeerId[] = Object.freeze([]);

/**
 * The configuration of a replica that has not been initialised: nobody is known, itself included.
 */
export const EMPTY_CONF_STATE: ConfState = Object.freeze({
  voters: NOBODY,
  learners: NOBODY,
  votersOutgoing: NOBODY,
  learnersNext: NOBODY,
  autoLeave: false,
});

export function isJoint(conf: ConfState): boolean {
  return conf.votersOutgoing.length > 0;
}

export function isVoter(conf: ConfState, id: PeerId): boolean {
  return conf.voters.includes(id) || conf.votersOutgoing.includes(id);
}

/** Voters of both halves, ascending. */
export function allVoters(conf: ConfState): readonly PeerId[] {
  return isJoint(conf) ? sortedIds([...conf.voters, ...conf.votersOutgoing]) : conf.voters;
}

/** Whoever has a place in the replication: staged learners are outgoing voters until they move. */
export function allMembers(conf: ConfState): readonly PeerId[] {
  return sortedIds([...conf.voters, ...conf.votersOutgoing, ...conf.learners]);
}

export function isMember(conf: ConfState, id: PeerId): boolean {
  return isVoter(conf, id) || conf.learners.includes(id);
}

/** The same membership in canonical order, checked: it comes from a disk or from another store. */
export function normalizeConfState(conf: ConfState): ConfState {
  const normal: ConfState = {
    voters: listOf(conf.voters),
    learners: listOf(conf.learners),
    votersOutgoing: listOf(conf.votersOutgoing),
    learnersNext: listOf(conf.learnersNext),
    autoLeave: conf.autoLeave,
  };
  assertConfState(normal);
  return normal;
}

/** Most lists of most groups are empty, and share one. */
function listOf(ids: readonly PeerId[]): readonly PeerId[] {
  return ids.length === 0 ? NOBODY : sortedIds(ids);
}

export function assertConfState(conf: ConfState): void {
  assert(
    conf.voters.length > 0 || allMembers(conf).length === 0,
    "a configuration with members but without voters",
  );
  assert(!conf.learners.some((id) => isVoter(conf, id)), "a peer is both voter and learner");
  assert(
    conf.learnersNext.every((id) => conf.votersOutgoing.includes(id) && !conf.voters.includes(id)),
    "a staged learner is not an outgoing voter",
  );
  assert(isJoint(conf) || !conf.autoLeave, "auto-leave outside of a joint configuration");
}
