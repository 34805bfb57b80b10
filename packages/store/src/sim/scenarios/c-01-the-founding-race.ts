import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c01: Scenario = {
  id: "C-01",
  title: "a snapshot that waits at the first child finds nobody after split and removal",
  source: "tikv #17469, PR #17535: panic due to a stale peer handling a snapshot",
  invariant: "an actor that has lost its address has no effect on shared state",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    const offer = s.holdInMailbox(3, child, ["snapshot-offer"]);
    snapshot.release();
    s.ticks(1);
    split.release();
    s.ticks(15);
    s.pdRemoves(child, 3);
    s.ticks(15);
    offer.release();
    s.untilGone(3, child, childPeer);
    s.promise("nothing of the child is on the disk", s.directories(3, child).length === 0);
    s.pdPlaces(child, 3);
    s.promiseWhole(child);
    s.end();
  },
  guard: ONE_DOOR,
};
