/**
 * Taking in a snapshot: it replaces log, commit index and configuration at once. Invariants: the
 * commit index never falls; a snapshot that does not name this peer is not its own; nothing is
 * applied from the log while a snapshot waits to be durable.
 */

import { reportedCommit } from "./append.ts";
import { assert } from "./assert.ts";
import { isMember } from "./conf-state.ts";
import { NO_PEER } from "./ids.ts";
import { activate, newProgress } from "./membership.ts";
import { appendAck, type Message } from "./message.ts";
import { type Raft, sendAfterPersist } from "./raft-state.ts";
import { restoreMembership } from "./reconfigure.ts";
import { becomeFollower } from "./roles.ts";
import type { Snapshot } from "./storage.ts";

export function onSnapshot(raft: Raft, message: Message): void {
  const { snapshot } = message;
  assert(snapshot !== null, "a snapshot message without a snapshot");
  const isRestored = restore(raft, snapshot);
  const { committed: commit } = raft.log;
  raft.trace?.({ kind: "snapshot-handled", id: raft.id, commit, snapshot, isRestored });
  // Ignored ones are acknowledged too: the leader learns how far this log is known to be shared.
  const index = isRestored ? raft.log.lastIndex() : commit;
  sendAfterPersist(raft, appendAck(raft, message.from, index, reportedCommit(raft)));
}

/**
 * Gives an empty replica its first state, which no leader sent: that of a region's split. Term and
 * vote stay, except that the term must not be below the snapshot's. @returns false if it came too
 * late.
 */
export function initialise(raft: Raft, snapshot: Snapshot): boolean {
  if (raft.log.lastIndex() > 0) return false;
  if (snapshot.term > raft.term) becomeFollower(raft, snapshot.term, NO_PEER);
  return restore(raft, snapshot);
}

/** @returns whether the snapshot was taken in. */
function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { log } = raft;
  if (snapshot.index <= log.committed) return false;
  assert(raft.role.name === "follower", "a snapshot reached a peer that is not a follower");
  if (!isMember(snapshot.confState, raft.id)) {
    raft.trace?.({ kind: "snapshot-without-self", id: raft.id, snapshot });
    return false;
  }
  if (log.matches(snapshot.index, snapshot.term)) {
    traceRestore(raft, "snapshot-fast-forwarded", snapshot);
    log.commitTo(snapshot.index);
    return false;
  }
  log.restore(snapshot);
  activate(raft, restoreMembership(snapshot.confState, newProgress(raft)));
  traceRestore(raft, "snapshot-restored", snapshot);
  return true;
}

function traceRestore(
  raft: Raft,
  kind: "snapshot-fast-forwarded" | "snapshot-restored",
  snapshot: Snapshot,
): void {
  const { id, log } = raft;
  raft.trace?.({
    kind,
    id,
    commit: log.committed,
    snapshot,
    lastIndex: log.lastIndex(),
    lastTerm: log.lastTerm(),
  });
}
