/**
 * A leader's side of the answers: acknowledgements, refusals, heartbeat answers, and what the
 * transport reports of a peer. Stale answers are recognised by the progress and change nothing;
 * each answer may free room for further appends, which are sent at once.
 */
import { unreachable } from "./assert.ts";
import { advanceCommit } from "./commit.ts";
import { maxIndex, NO_TERM } from "./ids.ts";
import { type Message, plainMessage } from "./message.ts";
import type { Progress } from "./progress.ts";
import { type Leader, type Raft, send } from "./raft-state.ts";
import { onReadAck } from "./read-index.ts";
import { broadcastAppend, sendAppend } from "./replicate.ts";

export function onAppendResponse(
  raft: Raft,
  leader: Leader,
  peer: Progress,
  message: Message,
): void {
  peer.isRecentlyActive = true;
  if (message.reject) onRefusal(raft, peer, message);
  else onAcknowledgement(raft, leader, peer, message);
}

function onAcknowledgement(raft: Raft, leader: Leader, peer: Progress, message: Message): void {
  peer.committedIndex = maxIndex(peer.committedIndex, message.commit);
  const isNew = peer.acknowledge(message.index);
  // An acknowledgement of what was known still proves that a probed log matches.
  if (!isNew && !(peer.match === message.index && peer.flow.state === "probe")) return;
  advanceFlow(raft, peer, message);
  if (advanceCommit(raft, leader)) broadcastAppend(raft);
  else if (peer.id !== raft.id && peer.needsCommit(raft.log.committed))
    sendAppend(raft, peer, true);
  if (peer.id === raft.id) return;
  while (sendAppend(raft, peer, false));
  finishTransfer(raft, leader, peer);
}

/**
 * A peer leaves the snapshot state when its log reaches the leader's, whatever snapshot brought it
 * there.
 */
function advanceFlow(raft: Raft, peer: Progress, { index }: Message): void {
  const { flow } = peer;
  switch (flow.state) {
    case "probe":
      peer.becomeReplicate();
      break;
    case "replicate":
      flow.inflights.freeTo(index);
      break;
    case "snapshot":
      if (peer.match + 1 < raft.log.firstIndex()) return;
      raft.trace?.({ kind: "snapshot-recovered", id: raft.id, progress: peer });
      peer.becomeReplicate();
      break;
    default:
      unreachable(flow);
  }
}

function onRefusal(raft: Raft, peer: Progress, message: Message): void {
  const { log } = raft;
  raft.trace?.({
    kind: "append-rejection-received",
    id: raft.id,
    from: peer.id,
    index: message.index,
    hintIndex: message.rejectHint,
    hintTerm: message.logTerm,
  });
  // Both sides skip whole terms: the peer's hint says what it has, this search where that can be
  // here.
  const probe =
    message.logTerm > NO_TERM
      ? log.findConflictByTerm(message.rejectHint, message.logTerm).index
      : message.rejectHint;
  if (!peer.refuse(message.index, probe)) return;
  raft.trace?.({ kind: "progress-decreased", id: raft.id, progress: peer });
  if (peer.flow.state === "replicate") peer.becomeProbe();
  sendAppend(raft, peer, true);
}

function finishTransfer(raft: Raft, leader: Leader, peer: Progress): void {
  if (leader.transferee !== peer.id || peer.match !== raft.log.lastIndex()) return;
  const { id, term } = raft;
  raft.trace?.({ kind: "timeout-now-after-ack", id, term, transferee: peer.id });
  send(raft, plainMessage("MsgTimeoutNow", raft, peer.id));
}

/**
 * The answer shows that the peer listens: a pause ends, and what was lost is sent again. With a
 * full window that is an empty append, whose refusal or acknowledgement frees it. A peer that has
 * everything from one heartbeat to the next is idle.
 */
export function onHeartbeatResponse(
  raft: Raft,
  leader: Leader,
  peer: Progress,
  message: Message,
): void {
  peer.isRecentlyActive = true;
  peer.resume();
  peer.committedIndex = maxIndex(peer.committedIndex, message.commit);
  if (peer.match < raft.log.lastIndex() || peer.flow.state === "probe")
    sendAppend(raft, peer, true);
  else peer.releaseWindow();
  onReadAck(raft, leader, peer, message.context);
}

/** Success or failure, the peer is then probed, but only after it was heard of again. */
export function onSnapshotStatus(raft: Raft, peer: Progress, isFailed: boolean): void {
  if (peer.flow.state !== "snapshot") return;
  if (isFailed) peer.becomeProbeAfterFailedSnapshot();
  else peer.becomeProbe();
  const kind = isFailed ? "snapshot-failed" : "snapshot-succeeded";
  raft.trace?.({ kind, id: raft.id, progress: peer });
  peer.pause();
}

/** Appends sent ahead are probably lost. */
export function onUnreachable(raft: Raft, peer: Progress): void {
  if (peer.flow.state === "replicate") peer.becomeProbe();
  raft.trace?.({ kind: "peer-unreachable", id: raft.id, progress: peer });
}

/** A leader that a quorum did not answer for an election timeout may be superseded already. */
export function isQuorumLost(raft: Raft): boolean {
  const isLost = !raft.tracker.isQuorumActive();
  if (isLost) raft.trace?.({ kind: "quorum-inactive", id: raft.id });
  return isLost;
}

/** From here on each peer must be heard of again to count as active. */
export function clearActivity(raft: Raft): void {
  for (const peer of raft.tracker.peers) if (peer.id !== raft.id) peer.isRecentlyActive = false;
}
