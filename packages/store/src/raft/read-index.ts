/**
 * Linearizable reads without a log entry (Raft paper §8, thesis §6.4). A read is served at the
 * commit index of its arrival, once the leader is known to have led then: `safe` by a heartbeat
 * round that a quorum answers, `lease-based` by the clock. Invariant: no read gets an index before
 * the leader has committed in its term, as it may not know what its predecessors committed.
 */

import { firstEntry } from "./entry.ts";
import type { LogIndex } from "./ids.ts";
import { NO_PEER } from "./ids.ts";
import { type Message, NO_CONTEXT, readIndexResponse, request } from "./message.ts";
import type { Progress } from "./progress.ts";
import { type Follower, hasCommittedInTerm, type Leader, type Raft, send } from "./raft-state.ts";
import type { Refusal } from "./refusal.ts";
import { broadcastHeartbeatFor } from "./replicate.ts";

export function onReadRequest(raft: Raft, leader: Leader, message: Message): Refusal | undefined {
  if (leader.reads.isFull) {
    raft.trace?.({ kind: "read-queue-full", id: raft.id, term: raft.term });
    return "read-queue-full";
  }
  if (hasCommittedInTerm(raft)) startRead(raft, leader, message);
  else leader.reads.postpone(message);
  return undefined;
}

/** Now that the leader has committed in its term, the reads that waited for it start. */
export function releasePostponedReads(raft: Raft, leader: Leader): void {
  for (const message of leader.reads.takePostponed()) startRead(raft, leader, message);
}

/**
 * A sole voter needs nobody's word. It must be this peer itself: a removed leader whose last voter
 * is another peer may have been superseded, so it asks.
 */
function startRead(raft: Raft, leader: Leader, message: Message): void {
  const { committed } = raft.log;
  if (raft.config.readMode === "lease-based" || raft.tracker.isOnlyVoter(raft.id)) {
    answerRead(raft, message, committed);
    return;
  }
  raft.lastReadSequence += 1;
  const sequence = raft.lastReadSequence;
  leader.reads.add({ sequence, index: committed, request: message });
  const own = raft.tracker.progressOf(raft.id);
  if (own !== undefined) own.readAck = sequence;
  broadcastHeartbeatFor(raft, sequence);
}

/**
 * Acknowledgements may come late or twice: per peer only the highest counts. One that tells nothing
 * new is counted all the same, as the quorum may have become smaller since.
 */
export function onReadAck(raft: Raft, leader: Leader, peer: Progress, sequence: number): void {
  if (sequence === NO_CONTEXT) return;
  peer.readAck = Math.max(peer.readAck, sequence);
  confirmReads(raft, leader);
}

export function confirmReads(raft: Raft, leader: Leader): void {
  const confirmed = raft.tracker.confirmedRead();
  for (const read of leader.reads.takeConfirmed(confirmed))
    answerRead(raft, read.request, read.index);
}

function answerRead(raft: Raft, message: Message, index: LogIndex): void {
  const { from, entries } = message;
  if (from === NO_PEER || from === raft.id) addReadState(raft, message, index);
  else send(raft, readIndexResponse(raft, from, index, entries));
}

/** A follower's or learner's reads are the leader's to confirm. */
export function forwardRead(raft: Raft, follower: Follower, message: Message): Refusal | undefined {
  if (follower.leader === NO_PEER) {
    raft.trace?.({ kind: "read-without-leader", id: raft.id, term: raft.term });
    return "no-leader";
  }
  const from = message.from === NO_PEER ? raft.id : message.from;
  send(raft, request("MsgReadIndex", follower.leader, from, message.entries));
  return undefined;
}

export function addReadState(raft: Raft, message: Message, index: LogIndex): void {
  const context = firstEntry(message.entries).data ?? new Uint8Array();
  raft.readStates.push({ index, context });
}
