import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c38: Scenario = {
  id: "C-38",
  title: "a replica without data is destroyed, and takes no key of anybody",
  source: "tikv PR #1174, #1184: data of other regions deleted with an empty range",
  invariant: "an empty range is not the full range; a replica without data owns no keys",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    snapshot.drop();
    const before = s.pairsOnDisk(3, R1);
    s.promise("the parent has data", before > 0);
    s.pdRemoves(child, 3);
    s.untilGone(3, child, childPeer);
    s.promise("the parent has all its data", s.pairsOnDisk(3, R1) === before);
    split.release();
    snapshot.release();
    s.pdPlaces(child, 3);
    s.promiseWhole(child);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "a removal unlinks directories of one life; it deletes no range of keys",
  },
};
