import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c76: Scenario = {
  id: "C-76",
  title:
    "who is a learner by its snapshot asks for no vote, and votes when it was promoted unheard",
  source: "raft-rs #269, #416: a peer that mistakes its place in the configuration",
  invariant: "whatever depends on membership asks the whole of it",
  play(s) {
    s.region([1, 2]);
    const id = s.pdAdds(R1, 3);
    s.untilThere(3, R1);
    s.ticks(5);
    const cut = s.cutOff(3);
    const { term } = s.world.replica(3, R1)?.raft ?? {};
    s.pdPromotes(R1, id);
    s.put(R1, "b", "value of b");
    s.powerCut(3);
    s.ticks(60);
    const raft = s.world.replica(3, R1)?.raft;
    s.promise("it did not campaign", raft?.term === term && raft?.role === "follower");
    s.heal(cut);
    s.until("it votes", () => s.world.replica(3, R1)?.raft?.confState.voters.length === 3);
    s.promiseEqual(R1);
    for (const store of [1, 2, 3]) {
      const { voters = [], learners = [] } = s.world.replica(store, R1)?.raft?.confState ?? {};
      s.promise(`store ${store} agrees`, voters.length === 3 && learners.length === 0);
    }
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "both halves of a joint configuration are asked: a rule of the Raft core",
    test: {
      file: "packages/store/src/raft/membership.test.ts",
      name: "while joint the outgoing half counts too",
    },
    planted: "joint-commit-both-halves",
  },
};
