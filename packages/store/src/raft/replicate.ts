/**
 * What a leader sends to its peers: appends, heartbeats, and a snapshot to a peer whose next entry
 * is compacted. Each append names the entry before it, so that the peer takes it only if the logs
 * agree there; how many may be under way is the progress's affair.
 */
import { assert } from "./assert.ts";
import { NO_ENTRIES, sumPayloadBytes } from "./entry.ts";
import { minIndex, plus } from "./ids.ts";
import { appendMessage, heartbeat, snapshotMessage } from "./message.ts";
import type { Progress } from "./progress.ts";
import { type Leader, type Raft, send } from "./raft-state.ts";

/**
 * To every other peer, empty if there is nothing new: an empty append still carries the commit
 * index.
 */
export function broadcastAppend(raft: Raft): void {
  for (const peer of raft.tracker.peers) if (peer.id !== raft.id) sendAppend(raft, peer, true);
}

/** @returns whether something was sent. */
export function sendAppend(raft: Raft, peer: Progress, mayBeEmpty: boolean): boolean {
  if (peer.isPaused) return false;
  const { log } = raft;
  const previousIndex = plus(peer.next, -1);
  const previousTerm = log.term(previousIndex);
  if (typeof previousTerm === "string") return sendSnapshot(raft, peer);
  // With a full window an empty append still goes out, or a peer that lost all of it would wait for
  // ever.
  const entries = peer.canSendEntries
    ? log.entriesFrom(peer.next, raft.config.messageBytesMax)
    : NO_ENTRIES;
  if (typeof entries === "string") return sendSnapshot(raft, peer);
  if (entries.length === 0 && !mayBeEmpty) return false;
  const previous = { index: previousIndex, term: previousTerm };
  send(raft, appendMessage(raft, peer.id, previous, entries, log.committed));
  peer.sentEntries(entries.length, sumPayloadBytes(entries));
  peer.sentCommit = log.committed;
  return true;
}

/** To peers that are known to listen alone: generating and sending one is costly. */
function sendSnapshot(raft: Raft, peer: Progress): boolean {
  const { id, log, trace } = raft;
  if (!peer.isRecentlyActive) {
    trace?.({ kind: "snapshot-to-inactive-peer", id, to: peer.id });
    return false;
  }
  const snapshot = log.snapshotFor(peer.id);
  if (snapshot === "temporarily-unavailable") {
    trace?.({ kind: "snapshot-unavailable", id, to: peer.id });
    return false;
  }
  assert(snapshot.index > 0, "the storage offers an empty snapshot");
  const { committed: commit } = log;
  trace?.({
    kind: "snapshot-sent",
    id,
    progress: peer,
    firstIndex: log.firstIndex(),
    commit,
    snapshot,
  });
  peer.becomeSnapshot(snapshot.index);
  trace?.({ kind: "replication-paused", id, progress: peer });
  send(raft, snapshotMessage(raft, peer.id, snapshot));
  return true;
}

/** Asks again for the confirmation of the reads that wait. */
export function broadcastHeartbeat(raft: Raft, leader: Leader): void {
  broadcastHeartbeatFor(raft, leader.reads.lastSequence);
}

/** A peer must not commit beyond what it is known to share, and a heartbeat checks nothing. */
export function broadcastHeartbeatFor(raft: Raft, readSequence: number): void {
  for (const peer of raft.tracker.peers) {
    if (peer.id === raft.id) continue;
    const commit = minIndex(peer.match, raft.log.committed);
    send(raft, heartbeat(raft, peer.id, commit, readSequence));
    peer.sentCommit = commit;
  }
}
