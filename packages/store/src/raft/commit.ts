/**
 * The commit index of a leader. Invariant: it moves only to an entry of the own term that
 * majorities of both halves store; the entries before it commit with it (Raft paper §5.4.2).
 */
import type { Leader, Raft } from "./raft-state.ts";
import { releasePostponedReads } from "./read-index.ts";

/**
 * Commits what a quorum stores. @returns whether the commit index moved; the caller tells the
 * peers.
 */
export function advanceCommit(raft: Raft, leader: Leader): boolean {
  if (!raft.log.tryCommit(raft.tracker.committedIndex(), raft.term)) return false;
  releasePostponedReads(raft, leader);
  return true;
}
