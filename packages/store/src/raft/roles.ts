/**
 * Changes of role (Raft paper §5.2). Becoming follower, candidate or leader starts afresh: timers,
 * a new randomized timeout and every peer's progress. The vote is cleared exactly when the term
 * changes, since a second vote in one term could elect two leaders. A pre-candidate changes nothing
 * but its role: the poll must leave no trace.
 */
import { assert } from "./assert.ts";
import { makeEntry } from "./entry.ts";
import { NO_INDEX, NO_PEER, NO_TERM, type PeerId, plus, type Term } from "./ids.ts";
import { appendEntries } from "./propose.ts";
import type { Leader, Raft, Role } from "./raft-state.ts";
import { ReadQueue } from "./read-queue.ts";

export function becomeFollower(raft: Raft, term: Term, leader: PeerId): void {
  reset(raft, term);
  enter(raft, { name: "follower", leader });
}

export function becomePreCandidate(raft: Raft): void {
  assert(raft.role.name !== "leader", "a leader became a pre-candidate");
  enter(raft, { name: "pre-candidate", votes: new Map() });
}

export function becomeCandidate(raft: Raft): void {
  assert(raft.role.name !== "leader", "a leader became a candidate");
  reset(raft, (raft.term + 1) as Term);
  raft.vote = raft.id;
  enter(raft, { name: "candidate", votes: new Map() });
}

/**
 * The empty entry lets earlier terms' entries commit (§5.4.2). Whatever the log holds may contain a
 * conf change that is not applied, so none may be proposed before the whole of it is.
 */
export function becomeLeader(raft: Raft): void {
  assert(raft.role.name === "candidate", "only a candidate becomes leader");
  reset(raft, raft.term);
  const leader: Leader = {
    name: "leader",
    transferee: NO_PEER,
    pendingConfIndex: raft.log.lastIndex(),
    uncommittedBytes: 0,
    reads: new ReadQueue(raft.config.pendingReadsMax),
  };
  raft.role = leader;
  const own = raft.tracker.progressOf(raft.id);
  assert(own !== undefined, "a leader outside of its own configuration");
  own.becomeReplicate();
  own.isRecentlyActive = true;
  const isTaken = appendEntries(raft, leader, [makeEntry(NO_TERM, NO_INDEX, "normal", null)]);
  assert(isTaken, "the first entry of a term was refused");
  raft.trace?.({ kind: "role-changed", id: raft.id, role: "leader", term: raft.term });
}

function enter(raft: Raft, role: Role): void {
  raft.role = role;
  raft.trace?.({ kind: "role-changed", id: raft.id, role: role.name, term: raft.term });
}

function reset(raft: Raft, term: Term): void {
  if (raft.term !== term) {
    assert(term > raft.term, "a term fell");
    raft.term = term;
    raft.vote = NO_PEER;
  }
  raft.electionElapsedTicks = 0;
  raft.heartbeatElapsedTicks = 0;
  const { electionTicks, random } = raft.config;
  raft.randomizedElectionTicks = electionTicks + random(electionTicks);
  const last = raft.log.lastIndex();
  for (const peer of raft.tracker.peers)
    peer.reset(peer.id === raft.id ? last : NO_INDEX, plus(last, 1));
}
