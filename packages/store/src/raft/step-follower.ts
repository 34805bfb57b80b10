/** What a follower or learner does with a message of its term. */
import { onAppend, onHeartbeat } from "./append.ts";
import { tryCampaign } from "./election.ts";
import { NO_PEER } from "./ids.ts";
import { type Message, request } from "./message.ts";
import { dropProposal } from "./propose.ts";
import { type Follower, type Raft, send } from "./raft-state.ts";
import { addReadState, forwardRead } from "./read-index.ts";
import type { Refusal } from "./refusal.ts";
import { onSnapshot } from "./restore.ts";
import { forwardTransfer } from "./transfer.ts";

export function stepFollower(
  raft: Raft,
  follower: Follower,
  message: Message,
): Refusal | undefined {
  switch (message.type) {
    case "MsgProp":
      return forwardProposal(raft, follower, message);
    case "MsgReadIndex":
      return forwardRead(raft, follower, message);
    case "MsgApp":
      hearLeader(raft, follower, message);
      onAppend(raft, message);
      return undefined;
    case "MsgHeartbeat":
      hearLeader(raft, follower, message);
      onHeartbeat(raft, message);
      return undefined;
    case "MsgSnap":
      hearLeader(raft, follower, message);
      onSnapshot(raft, message);
      return undefined;
    default:
      stepRarely(raft, follower, message);
      return undefined;
  }
}

function stepRarely(raft: Raft, follower: Follower, message: Message): void {
  const { id, term } = raft;
  switch (message.type) {
    case "MsgTransferLeader":
      forwardTransfer(raft, follower, message);
      break;
    case "MsgForgetLeader":
      forgetLeader(raft, follower);
      break;
    case "MsgTimeoutNow":
      // The leader wants it: no poll is needed, and leases do not bind.
      raft.trace?.({
        kind: "timeout-now-received",
        id,
        term,
        from: message.from,
        role: "follower",
      });
      tryCampaign(raft, "transfer");
      break;
    case "MsgReadIndexResp":
      addReadState(raft, message, message.index);
      break;
    default:
      // Answers to what this peer asked in another role.
      break;
  }
}

function hearLeader(raft: Raft, follower: Follower, { from }: Message): void {
  raft.electionElapsedTicks = 0;
  follower.leader = from;
}

function forwardProposal(raft: Raft, follower: Follower, message: Message): Refusal | undefined {
  if (follower.leader === NO_PEER) return dropProposal(raft, "no-leader");
  if (raft.config.disableProposalForwarding) return dropProposal(raft, "forwarding-disabled");
  const from = message.from === NO_PEER ? raft.id : message.from;
  send(raft, request("MsgProp", follower.leader, from, message.entries));
  return undefined;
}

/**
 * Lets this follower vote although it hears a leader: whoever asks for it has better knowledge of
 * the leader's death. A lease-based read would trust exactly the lease that is broken here.
 */
function forgetLeader(raft: Raft, follower: Follower): void {
  const { id, term } = raft;
  if (raft.config.readMode === "lease-based") {
    raft.trace?.({ kind: "forget-leader-refused", id });
    return;
  }
  if (follower.leader === NO_PEER) return;
  raft.trace?.({ kind: "leader-forgotten", id, leader: follower.leader, term });
  follower.leader = NO_PEER;
}
