/**
 * The passing of time, in ticks of the owner's choosing. An uneventful tick allocates nothing: a
 * process may hold thousands of idle groups.
 */
import { ordinaryCampaign, tryCampaign } from "./election.ts";
import { NO_PEER } from "./ids.ts";
import { isPromotable, type Raft } from "./raft-state.ts";
import { broadcastHeartbeat } from "./replicate.ts";
import { checkQuorum } from "./step-leader.ts";

export function tick(raft: Raft): void {
  if (raft.voteWithheldTicks > 0) raft.voteWithheldTicks -= 1;
  raft.electionElapsedTicks += 1;
  if (raft.role.name === "leader") tickLeader(raft);
  else tickElection(raft);
}

/** The timeout of a peer that may not campaign never fires, but stays due for when it may. */
function tickElection(raft: Raft): void {
  if (raft.electionElapsedTicks < raft.randomizedElectionTicks || !isPromotable(raft)) return;
  raft.electionElapsedTicks = 0;
  tryCampaign(raft, ordinaryCampaign(raft));
}

function tickLeader(raft: Raft): void {
  raft.heartbeatElapsedTicks += 1;
  if (raft.electionElapsedTicks >= raft.config.electionTicks) endElectionPeriod(raft);
  // The role may have changed by the check of the quorum.
  if (raft.role.name !== "leader") return;
  if (raft.heartbeatElapsedTicks < raft.config.heartbeatTicks) return;
  raft.heartbeatElapsedTicks = 0;
  broadcastHeartbeat(raft, raft.role);
}

function endElectionPeriod(raft: Raft): void {
  raft.electionElapsedTicks = 0;
  if (raft.config.checkQuorum) checkQuorum(raft);
  if (raft.role.name === "leader") raft.role.transferee = NO_PEER;
}
