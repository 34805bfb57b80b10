/** What a leader does with a message of its term. */
import {
  clearActivity,
  isQuorumLost,
  onAppendResponse,
  onHeartbeatResponse,
  onSnapshotStatus,
  onUnreachable,
} from "./acknowledge.ts";
import { NO_PEER } from "./ids.ts";
import type { Message } from "./message.ts";
import { propose } from "./propose.ts";
import type { Leader, Raft } from "./raft-state.ts";
import { onReadRequest } from "./read-index.ts";
import type { Refusal } from "./refusal.ts";
import { broadcastHeartbeat } from "./replicate.ts";
import { becomeFollower } from "./roles.ts";
import { onTransferRequest } from "./transfer.ts";

export function stepLeader(raft: Raft, leader: Leader, message: Message): Refusal | undefined {
  switch (message.type) {
    case "MsgBeat":
      broadcastHeartbeat(raft, leader);
      return undefined;
    case "MsgCheckQuorum":
      checkQuorum(raft);
      return undefined;
    case "MsgProp":
      return propose(raft, leader, message.entries);
    case "MsgReadIndex":
      return onReadRequest(raft, leader, message);
    case "MsgForgetLeader":
      return undefined;
    default:
      stepForPeer(raft, leader, message);
      return undefined;
  }
}

/** The clearing follows the check, so that each period is judged by its own answers. */
export function checkQuorum(raft: Raft): void {
  if (isQuorumLost(raft)) becomeFollower(raft, raft.term, NO_PEER);
  clearActivity(raft);
}

/** The rest concerns the progress of the peer it comes from. */
function stepForPeer(raft: Raft, leader: Leader, message: Message): void {
  const peer = raft.tracker.progressOf(message.from);
  if (peer === undefined) {
    raft.trace?.({ kind: "progress-missing", id: raft.id, from: message.from });
    return;
  }
  switch (message.type) {
    case "MsgAppResp":
      onAppendResponse(raft, leader, peer, message);
      break;
    case "MsgHeartbeatResp":
      onHeartbeatResponse(raft, leader, peer, message);
      break;
    case "MsgSnapStatus":
      onSnapshotStatus(raft, peer, message.reject);
      break;
    case "MsgUnreachable":
      onUnreachable(raft, peer);
      break;
    case "MsgTransferLeader":
      onTransferRequest(raft, leader, peer);
      break;
    default:
      // Vote answers of an election that is decided, and what only followers are told.
      break;
  }
}
