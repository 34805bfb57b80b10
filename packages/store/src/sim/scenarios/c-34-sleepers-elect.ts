import { keyFromText } from "@multiraft/pd/protocol";
import { Hibernation } from "../../peer/hibernation.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c34: Scenario = {
  id: "C-34",
  title: "a candidate among sleepers wakes whom it asks, and one of them leads",
  source: "tikv #16429: hibernated replicas elect nobody for long when the leader is partitioned",
  invariant: "a rejected candidacy must wake the better candidate",
  setting: { tuning: { hibernateAfterMs: 500 } },
  play(s) {
    s.region();
    s.untilAsleep(R1);
    // Its store is heard, its replica is not: no gate has a reason to wake anybody.
    const cut = s.holdMail({ to: 1, regionId: R1 });
    s.ask(2, R1, { kind: "get", version: 1, key: keyFromText("a") });
    s.ticks(5 * s.world.tuning.electionTicks);
    const leads = [2, 3].some((store) => s.world.replica(store, R1)?.raft?.role === "leader");
    s.promise("those who can hear each other have a leader", leads);
    cut.release();
    s.promiseEqual(R1);
    s.untilAsleep(R1);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "sleepers wake by a candidate's question, by word of who is awake, and by a gate's silence: each is enough",
    takeOut: () => {
      const putBack = [
        replace(Hibernation.prototype, "onMail", (original) => {
          return function onMail(this: Hibernation, mail) {
            const isOfCandidate = mail.kind === "raft" && mail.message.type === "MsgPreVote";
            if (!isOfCandidate) original.call(this, mail);
          };
        }),
        replace(Hibernation.prototype, "onWakeUp", () => () => undefined),
        replace(Hibernation.prototype, "onRoused", () => () => undefined),
      ];
      return () => {
        for (const one of putBack) one();
      };
    },
    caughtBy: { promise: "those who can hear each other have a leader" },
  },
};
