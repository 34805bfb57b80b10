import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c06: Scenario = {
  id: "C-06",
  title: "a child that the split skips leaves nothing behind in the registry",
  source: "tikv #8783, PR #9495: region meta inconsistency during splitting",
  invariant: "tables change after all checks of admission, never before",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    snapshot.drop();
    s.pdRemoves(child, 3);
    s.untilGone(3, child, childPeer);
    split.release();
    s.until("the parent is split", () => (s.regionOn(3, R1)?.epoch.version ?? 0) > 1);
    s.ticks(10);
    const { lives, pendingSplitChildren, refusals } = s.world.status(3);
    s.promise("the child has no life", !lives.some(({ regionId }) => regionId === child));
    s.promise("no child is owed", pendingSplitChildren === 0);
    s.promise("it was refused by its tombstone", refusals["split-child: peer-id-ended"] === 1);
    snapshot.release();
    s.end();
  },
  guard: ONE_DOOR,
};
