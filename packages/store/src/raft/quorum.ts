/**
 * Majorities, of one set of voters and of the two halves of a joint configuration. Nothing here
 * allocates: the leader asks at every acknowledgement.
 */
import { unreachable } from "./assert.ts";

export type VoteResult = "won" | "pending" | "lost";

export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The highest index that a majority has reached; infinity without voters, which so never hold a
 * joint configuration back. Quadratic, and for the handful of voters of a group faster than to copy
 * and sort.
 * @param indexOf what a voter has acknowledged, 0 for nothing
 */
export function majorityIndex<Voter>(
  voters: readonly Voter[],
  indexOf: (voter: Voter) => number,
): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const quorum = majorityOf(voters.length);
  let highest = 0;
  for (const voter of voters) {
    const index = indexOf(voter);
    if (index > highest && countAtLeast(voters, index, indexOf) >= quorum) highest = index;
  }
  return highest;
}

function countAtLeast<Voter>(
  voters: readonly Voter[],
  index: number,
  indexOf: (voter: Voter) => number,
): number {
  let count = 0;
  for (const voter of voters) if (indexOf(voter) >= index) count += 1;
  return count;
}

/** Both halves must have reached it (Raft thesis §4.3). */
export function jointIndex<Voter>(
  incoming: readonly Voter[],
  outgoing: readonly Voter[],
  indexOf: (voter: Voter) => number,
): number {
  return Math.min(majorityIndex(incoming, indexOf), majorityIndex(outgoing, indexOf));
}

/** @param voteOf undefined while the voter has not answered. Without voters every vote is won. */
export function majorityVote<Voter>(
  voters: readonly Voter[],
  voteOf: (voter: Voter) => boolean | undefined,
): VoteResult {
  if (voters.length === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const voter of voters) {
    const vote = voteOf(voter);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const quorum = majorityOf(voters.length);
  if (granted >= quorum) return "won";
  return granted + missing >= quorum ? "pending" : "lost";
}

/** Won when both halves are, lost as soon as one is. */
export function jointVote<Voter>(
  incoming: readonly Voter[],
  outgoing: readonly Voter[],
  voteOf: (voter: Voter) => boolean | undefined,
): VoteResult {
  const first = majorityVote(incoming, voteOf);
  const second = majorityVote(outgoing, voteOf);
  switch (first) {
    case "lost":
      return "lost";
    case "won":
      return second;
    case "pending":
      return second === "lost" ? "lost" : "pending";
    default:
      return unreachable(first);
  }
}
