import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c43: Scenario = {
  id: "C-43",
  title: "a notice that a write is durable comes when its actor has failed, and reaches nobody",
  source: "tikv #18427: Option::unwrap() on a None value in on_persist_ready",
  invariant: "notices of durability are addressed to an incarnation",
  setting: { slotsPerHost: 5 },
  play(s) {
    s.region();
    s.ticks(10);
    const notice = s.holdFor(3, R1, ["log-durable"]);
    s.put(R1, "b", "value of b");
    s.untilHeld(notice);
    s.replicaFails(3, R1);
    // The next write of the replica that was opened again is not durable yet.
    const own = s.holdLogOf(3, R1);
    s.put(R1, "c", "value of c");
    notice.release();
    s.ticks(2);
    own.release();
    s.promiseEqual(R1);
    s.promiseValue(R1, "c");
  },
  guard: {
    kind: "switch",
    name: "mail isolated",
    without: { isMailIsolated: false },
    caughtBy: { oracle: "own-mail" },
  },
};
