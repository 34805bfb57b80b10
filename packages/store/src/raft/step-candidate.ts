/** What a candidate or pre-candidate does with a message of its term. */
import { onAppend, onHeartbeat } from "./append.ts";
import { onVoteResponse } from "./election.ts";
import type { Message } from "./message.ts";
import { dropProposal } from "./propose.ts";
import type { Candidate, Raft } from "./raft-state.ts";
import type { Refusal } from "./refusal.ts";
import { onSnapshot } from "./restore.ts";
import { becomeFollower } from "./roles.ts";

export function stepCandidate(
  raft: Raft,
  candidate: Candidate,
  message: Message,
): Refusal | undefined {
  const { id, term } = raft;
  switch (message.type) {
    case "MsgProp":
      return dropProposal(raft, "no-leader");
    case "MsgReadIndex":
      return "no-leader";
    case "MsgApp":
    case "MsgHeartbeat":
    case "MsgSnap":
      concede(raft, message);
      return undefined;
    case "MsgVoteResp":
    case "MsgPreVoteResp":
      onVoteResponse(raft, candidate, message, message.type);
      return undefined;
    case "MsgTimeoutNow":
      raft.trace?.({
        kind: "timeout-now-ignored",
        id,
        term,
        from: message.from,
        role: candidate.name,
      });
      return undefined;
    default:
      return undefined;
  }
}

/** Somebody leads in this term: the election is decided. */
function concede(raft: Raft, message: Message): void {
  becomeFollower(raft, raft.term, message.from);
  if (message.type === "MsgApp") onAppend(raft, message);
  else if (message.type === "MsgHeartbeat") onHeartbeat(raft, message);
  else onSnapshot(raft, message);
}
