/**
 * Is there anything left to do for a peer, but to tell the others that it is there? An owner that learns in
 * another way that they are need not tick a peer at rest. Invariants: ticks are the only input that may be
 * left out, so whatever else comes finds the peer as it was; nobody campaigns, and no leader steps down, for
 * the time that was left out, as nothing was heard in it because nothing was said.
 */
import { clearActivity } from "./acknowledge.ts";
import { isJoint } from "./conf-state.ts";
import { NO_PEER, type PeerId } from "./ids.ts";
import type { Progress } from "./progress.ts";
import type { Leader, Raft } from "./raft-state.ts";

/**
 * Everything in its log is durable, committed and applied, and it follows or is a leader that may lead in its
 * own configuration: a group whose leader was made a learner has to elect another one (tikv #9505). A leader
 * knows besides that all others are as far as itself, and know it.
 */
export function isAtRest(raft: Raft): boolean {
  const { role, tracker } = raft;
  if (role.name !== "leader" && role.name !== "follower") return false;
  const isWithholding = raft.voteWithheldTicks > 0;
  if (isWithholding || isJoint(tracker.confState) || !isLogAtRest(raft)) return false;
  return role.name === "leader" ? isGroupAtRest(raft, role) : mayLead(raft, role.leader);
}

function isLogAtRest({ log }: Raft): boolean {
  const { committed, unstable } = log;
  if (unstable.entries.length > 0 || unstable.snapshot !== null) return false;
  return committed === log.lastIndex() && log.applied === committed;
}

function isGroupAtRest(raft: Raft, leader: Leader): boolean {
  if (leader.transferee !== NO_PEER || !leader.reads.isEmpty || !mayLead(raft, raft.id))
    return false;
  return raft.tracker.peers.every((peer) => peer.id === raft.id || isLevel(raft, peer));
}

/** It stores all there is and, if it reports what it knows of it, knows that all of it is committed. */
function isLevel({ log, config }: Raft, { match, flow, committedIndex }: Progress): boolean {
  if (flow.state !== "replicate" || match !== log.lastIndex()) return false;
  return !config.reportCommittedIndex || committedIndex === log.committed;
}

function mayLead({ tracker }: Raft, id: PeerId): boolean {
  return id !== NO_PEER && tracker.isVoter(id);
}

/**
 * Ticks begin again. A follower gives its leader a whole timeout to be heard of. A leader beats with the next
 * tick, and has a whole timeout to hear from a quorum: what it heard before says nothing any more.
 */
export function wake(raft: Raft): void {
  raft.electionElapsedTicks = 0;
  if (raft.role.name !== "leader") return;
  raft.heartbeatElapsedTicks = raft.config.heartbeatTicks;
  clearActivity(raft);
}
