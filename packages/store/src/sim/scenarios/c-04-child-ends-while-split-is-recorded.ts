import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c04: Scenario = {
  id: "C-04",
  title: "a child that ends while the split is being recorded stays ended",
  source: "tikv #12368, PR #12386: race between split check and destroy",
  invariant: "who owns a region id is checked and acted upon in one step",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    // The registry has decided that the split owes the child; its record is on the way to the log.
    const records = s.holdRegistryLog(3);
    split.release();
    s.untilHeld(records);
    s.pdRemoves(child, 3);
    s.ticks(15);
    records.release();
    snapshot.release();
    s.untilGone(3, child, childPeer);
    s.ticks(30);
    s.promise("nothing of the child is on the disk", s.directories(3, child).length === 0);
    s.promise("no child is owed", s.world.status(3).pendingSplitChildren === 0);
    s.pdPlaces(child, 3);
    s.promiseWhole(child);
    s.end();
  },
  guard: ONE_DOOR,
};
