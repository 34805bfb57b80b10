import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c74: Scenario = {
  id: "C-74",
  title: "a snapshot comes in while the destruction of other data takes its time",
  source: "tikv #12587, #15972, #17019: snapshots wait behind hundreds of destroys",
  invariant: "classes of work do not queue behind each other",
  setting: { stores: 4 },
  play(s) {
    s.region([1, 2, 4]);
    const child = s.split(R1, "m");
    const first = s.pdPlaces(child, 3);
    const destruction = s.holdWork("remove tablets", 3);
    s.pdRemoves(child, 3);
    s.untilHeld(destruction);
    s.pdPlaces(R1, 3);
    s.promise("the destruction still waits", destruction.held.length > 0);
    s.promiseEqual(R1, [1, 2, 3, 4]);
    destruction.release();
    s.untilGone(3, child, first);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "a life's data are its own directory: their removal is ordered with nobody else's work",
  },
};
