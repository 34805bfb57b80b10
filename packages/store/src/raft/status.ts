/** A copy of what a peer knows, for people and for the placement of replicas. Not for hot paths. */
import type { ConfState } from "./conf-state.ts";
import type { LogIndex, PeerId, Term } from "./ids.ts";
import type { Flow, Progress } from "./progress.ts";
import { leaderOf, type Raft, transfereeOf } from "./raft-state.ts";
import type { RoleName } from "./role-name.ts";

export type ProgressStatus = {
  readonly id: PeerId;
  readonly state: Flow["state"];
  readonly match: LogIndex;
  readonly next: LogIndex;
  /**
   * Its own commit index for the leader itself, the reported one for a peer, 0 if none is reported.
   */
  readonly committedIndex: LogIndex;
  readonly isLearner: boolean;
  readonly isRecentlyActive: boolean;
  readonly isPaused: boolean;
  /** 0 unless a snapshot is under way. */
  readonly pendingSnapshotIndex: LogIndex;
  readonly inflightMessages: number;
};

export type Status = {
  readonly id: PeerId;
  readonly term: Term;
  readonly vote: PeerId;
  readonly commit: LogIndex;
  readonly applied: LogIndex;
  readonly leader: PeerId;
  readonly role: RoleName;
  readonly transferee: PeerId;
  readonly confState: ConfState;
  /** Ascending by id; empty unless this peer leads, as nobody else knows. */
  readonly progress: readonly ProgressStatus[];
};

export function statusOf(raft: Raft): Status {
  const isLeader = raft.role.name === "leader";
  return {
    id: raft.id,
    term: raft.term,
    vote: raft.vote,
    commit: raft.log.committed,
    applied: raft.log.applied,
    leader: leaderOf(raft),
    role: raft.role.name,
    transferee: transfereeOf(raft),
    confState: raft.tracker.confState,
    progress: isLeader ? raft.tracker.peers.map((peer) => progressStatus(raft, peer)) : [],
  };
}

function progressStatus(raft: Raft, peer: Progress): ProgressStatus {
  const { flow } = peer;
  return {
    id: peer.id,
    state: flow.state,
    match: peer.match,
    next: peer.next,
    committedIndex: peer.id === raft.id ? raft.log.committed : peer.committedIndex,
    isLearner: peer.isLearner,
    isRecentlyActive: peer.isRecentlyActive,
    isPaused: peer.isPaused,
    pendingSnapshotIndex: flow.state === "snapshot" ? flow.pendingIndex : (0 as LogIndex),
    inflightMessages: flow.state === "replicate" ? flow.inflights.count : 0,
  };
}
