import { toRegionId } from "@multiraft/pd/protocol";
import { lazyDisk } from "./lazy-disk.ts";
import type { Scenario } from "./scenario.ts";
import type { Whom } from "./stage.ts";

const REGION = toRegionId(77);

export const c32: Scenario = {
  id: "C-32",
  title: "a replica without data that voted and lost its power votes for nobody else",
  source: "tikv #3572, #8381, #9579: two leaders in one term by an uninitialized voter",
  invariant: "one leader a term: a vote is durable before it is answered",
  play(s) {
    const voter = { store: 3, peerId: 703 };
    const asks = (candidate: Whom) => {
      const vote = { term: 6, index: 5, logTerm: 5 };
      s.arrives(3, s.message("MsgVote", voter, candidate, vote, REGION));
    };
    const disk = s.holdDisk(3);
    const answers = s.holdMail({ to: 1, regionId: REGION, kinds: ["MsgVoteResp"] });
    asks({ store: 1, peerId: 701 });
    s.promise("no answer leaves before the vote is durable", answers.held.length === 0);
    disk.release();
    s.untilHeld(answers);
    s.powerCut(3);
    // Beyond the time in which nobody is granted a vote after a start.
    s.ticks(15);
    asks({ store: 2, peerId: 702 });
    s.ticks(2);
    s.promise("the vote is remembered", s.world.replica(3, REGION)?.raft?.vote === 701);
    answers.release();
    s.end();
  },
  guard: {
    kind: "switch",
    name: "what the log says is durable is synced",
    without: { diskOf: lazyDisk },
    caughtBy: { promise: "the vote is remembered" },
  },
};
