// Where the log of a region begins that was born of a split or of bootstrap: at a fixed place that is
// not zero, so that a replica without its data cannot be brought up by the log alone (as in TiKV).
import type { Region } from "@multiraft/pd/protocol";
import type { ConfState } from "../raft/index.ts";

export const FIRST_STATE = { index: 5, term: 5 } as const;

/** The Raft membership that a region's list of peers stands for, outside of a joint change. */
export function confStateOf(region: Region): ConfState {
  return {
    voters: region.peers.filter(({ role }) => role === "voter").map(({ id }) => id),
    learners: region.peers.filter(({ role }) => role === "learner").map(({ id }) => id),
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
}
