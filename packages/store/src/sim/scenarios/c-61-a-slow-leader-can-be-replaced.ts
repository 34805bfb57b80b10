import { toPeerId, toStoreId } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c61: Scenario = {
  id: "C-61",
  title:
    "a leader that is slow to apply a change of membership can be replaced by who has applied it",
  source: "tikv #17363, PR #17643: leader transfer refused for an unapplied conf change",
  invariant: "a transfer is judged by what the transferee has applied",
  setting: { stores: 4 },
  play(s) {
    s.region();
    const slow = s.holdLogOf(1, R1);
    const peer = { id: s.world.newPeerId(), storeId: toStoreId(4), role: "learner" as const };
    s.pdOrders(1, R1, { kind: "add-learner", peer });
    s.until("a follower has applied it", () => s.regionOn(2, R1)?.peers.length === 4);
    s.promise("the leader has not", s.regionOn(1, R1)?.peers.length === 3);
    s.pdOrders(1, R1, { kind: "transfer-leader", toPeerId: toPeerId(102) });
    s.ticks(3);
    s.promise("the follower leads", s.world.replica(2, R1)?.raft?.role === "leader");
    slow.release();
    s.promiseEqual(R1, [1, 2, 3, 4]);
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a rule of the Raft core: who campaigns looks at its own log, the old leader at nothing",
    test: {
      file: "packages/store/src/raft/campaign-scan.test.ts",
      name: "it hinders a campaign by timeout, by poll and by transfer, too",
    },
    planted: "no-campaign-with-unapplied-change",
  },
};
