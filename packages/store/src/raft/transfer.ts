/**
 * Handing leadership over (Raft thesis §3.10): the target is brought up to date, then told to
 * campaign at once. Proposals are refused meanwhile, or the target might never catch up; an
 * election timeout ends a transfer that does not succeed.
 */
import { NO_PEER, type PeerId } from "./ids.ts";
import { type Message, plainMessage, redirect } from "./message.ts";
import type { Progress } from "./progress.ts";
import { type Follower, type Leader, type Raft, send } from "./raft-state.ts";
import { sendAppend } from "./replicate.ts";
import type { TransferStep } from "./trace.ts";

export function onTransferRequest(raft: Raft, leader: Leader, target: Progress): void {
  if (ignoreTransferRequest(raft, leader, target)) return;
  trace(raft, "transfer-started", target.id);
  // The transfer gets a whole election timeout of its own.
  raft.electionElapsedTicks = 0;
  leader.transferee = target.id;
  if (target.match !== raft.log.lastIndex()) {
    sendAppend(raft, target, true);
    return;
  }
  send(raft, plainMessage("MsgTimeoutNow", raft, target.id));
  trace(raft, "timeout-now-at-once", target.id);
}

/** A request for another target, be it the leader itself, ends the transfer that is under way. */
function ignoreTransferRequest(raft: Raft, leader: Leader, target: Progress): boolean {
  if (target.isLearner) {
    trace(raft, "transfer-to-learner", target.id);
    return true;
  }
  if (leader.transferee === target.id) {
    trace(raft, "transfer-already-pending", target.id);
    return true;
  }
  if (leader.transferee !== NO_PEER) {
    trace(raft, "transfer-aborted", leader.transferee);
    leader.transferee = NO_PEER;
  }
  if (target.id !== raft.id) return false;
  trace(raft, "transfer-to-self", target.id);
  return true;
}

export function forwardTransfer(raft: Raft, follower: Follower, message: Message): void {
  const { leader } = follower;
  if (leader === NO_PEER) trace(raft, "transfer-without-leader", message.from);
  else send(raft, redirect(message, leader, message.from, raft.term));
}

function trace(raft: Raft, kind: TransferStep, transferee: PeerId): void {
  raft.trace?.({ kind, id: raft.id, term: raft.term, transferee });
}
