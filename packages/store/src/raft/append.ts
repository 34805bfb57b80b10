/**
 * A follower's side of replication (Raft paper §5.3): appends and heartbeats of the leader of its
 * term. Invariant: an append is acknowledged only up to where the log is known to equal the
 * leader's.
 */
import { type LogIndex, minIndex, NO_INDEX } from "./ids.ts";
import { appendAck, appendRefusal, heartbeatAck, type Message } from "./message.ts";
import { type Raft, send, sendAfterPersist } from "./raft-state.ts";

export function onAppend(raft: Raft, message: Message): void {
  const { log } = raft;
  const previous = { index: message.index, term: message.logTerm };
  // What is committed is equal everywhere, so an append before it can bring nothing.
  const lastShared =
    message.index < log.committed
      ? log.committed
      : log.tryAppend(previous, message.entries, message.commit);
  if (lastShared !== undefined) acknowledge(raft, message, lastShared);
  else refuse(raft, message);
}

function acknowledge(raft: Raft, { from }: Message, index: LogIndex): void {
  sendAfterPersist(raft, appendAck(raft, from, index, reportedCommit(raft)));
}

/**
 * The hint spares the leader a round for each entry of a diverged tail: entries here of a term
 * above the leader's previous one cannot be in its log at these places.
 */
function refuse(raft: Raft, message: Message): void {
  const { log } = raft;
  raft.trace?.({
    kind: "append-rejected",
    id: raft.id,
    from: message.from,
    index: message.index,
    ownTerm: log.termOrZero(message.index),
    messageTerm: message.logTerm,
  });
  const highest = minIndex(message.index, log.lastIndex());
  const hint = log.findConflictByTerm(highest, message.logTerm);
  sendAfterPersist(raft, appendRefusal(raft, message.from, message.index, hint));
}

/** The leader sends no commit index beyond what it knows to be shared. */
export function onHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  send(raft, heartbeatAck(raft, message.from, message.context, reportedCommit(raft)));
}

export function reportedCommit(raft: Raft): LogIndex {
  return raft.config.reportCommittedIndex ? raft.log.committed : NO_INDEX;
}
