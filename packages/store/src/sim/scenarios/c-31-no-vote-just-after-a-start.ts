import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c31: Scenario = {
  id: "C-31",
  title:
    "a voter that was just started helps nobody to replace the leader that it may have supported",
  source: "tikv #15035, PR #15085: unsafe vote after start",
  invariant: "a voter honours the support that it gave, restarts included",
  play(s) {
    s.region();
    s.ticks(5);
    // Store 3 forgets that it has just heard from its leader, and hears nothing more.
    const quiet = s.holdMail({ to: 3 });
    s.powerCut(3);
    const asks = () => {
      const vote = { term: 50, index: 99, logTerm: 49 };
      const mail = s.message("MsgVote", { store: 3, peerId: 103 }, { store: 2, peerId: 102 }, vote);
      s.arrivesDespite(quiet, 3, mail);
      return s.world.replica(3, R1)?.raft?.vote;
    };
    s.promise("no vote within an election timeout of the start", asks() !== 102);
    s.ticks(s.world.tuning.electionTicks + 1);
    s.promise("a vote after it", asks() === 102);
    quiet.release();
    s.promiseEqual(R1);
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a switch of the Raft core (votes withheld after a restart), always on in a replica",
    test: {
      file: "packages/store/src/raft/vote-lease.test.ts",
      name: "votes withheld after a restart",
    },
    planted: "restart-withholds-votes",
  },
};
