import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c41: Scenario = {
  id: "C-41",
  title:
    "the split meets a child whose own write is on its way: the notice finds what it stands for",
  source: "tikv #9388, PR #9389: ready advanced by a wrong peer",
  invariant: "intermediate results belong to an actor instance, not to a region id",
  play(s) {
    const { child, split, snapshot } = s.lateSplit();
    const first = s.addressOf(3, child);
    const own = s.holdLogOf(3, child);
    split.release();
    s.ticks(10);
    const now = s.addressOf(3, child);
    s.promise("it is the same actor", now.incarnation === first.incarnation);
    own.release();
    snapshot.release();
    s.promiseWhole(child);
    s.end();
  },
  guard: ONE_DOOR,
};
