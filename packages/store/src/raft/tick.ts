/**
 * The passing of time, in ticks of the owner's choosing. An uneventful tick allocates nothing and
 * reads little: a process may hold thousands of idle groups, and their ticks wait for memory.
 */
import { ordinaryCampaign, tryCampaign } from "./election.ts";
import { NO_PEER } from "./ids.ts";
import { isPromotable, type Raft } from "./raft-state.ts";
import { broadcastHeartbeat } from "./replicate.ts";
import { checkQuorum } from "./step-leader.ts";

/** @returns whether a timeout passed, so that there may be something to do. */
export function tick(raft: Raft): boolean {
  if (raft.voteWithheldTicks > 0) raft.voteWithheldTicks -= 1;
  raft.electionElapsedTicks += 1;
  return raft.role.name === "leader" ? tickLeader(raft) : tickElection(raft);
}

/** The timeout of a peer that may not campaign never fires, but stays due for when it may. */
function tickElection(raft: Raft): boolean {
  if (raft.electionElapsedTicks < raft.randomizedElectionTicks || !isPromotable(raft)) return false;
  raft.electionElapsedTicks = 0;
  tryCampaign(raft, ordinaryCampaign(raft));
  return true;
}

function tickLeader(raft: Raft): boolean {
  raft.heartbeatElapsedTicks += 1;
  const { electionTicks, heartbeatTicks } = raft.config;
  const isPeriodOver = raft.electionElapsedTicks >= electionTicks;
  if (isPeriodOver) endElectionPeriod(raft);
  // The role may have changed by the check of the quorum.
  if (raft.role.name !== "leader" || raft.heartbeatElapsedTicks < heartbeatTicks)
    return isPeriodOver;
  raft.heartbeatElapsedTicks = 0;
  broadcastHeartbeat(raft, raft.role);
  return true;
}

function endElectionPeriod(raft: Raft): void {
  raft.electionElapsedTicks = 0;
  if (raft.config.checkQuorum) checkQuorum(raft);
  if (raft.role.name === "leader") raft.role.transferee = NO_PEER;
}
