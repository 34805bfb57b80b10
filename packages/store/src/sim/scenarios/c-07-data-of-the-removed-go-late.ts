import type { Scenario } from "./scenario.ts";

export const c07: Scenario = {
  id: "C-07",
  title: "the data of a removed replica go late, and take nothing of the next one's",
  source: "tikv #17258, reverted by PR #17275: data inconsistency during balance",
  invariant: "the old owner's data are gone before, or apart from, the new owner's",
  play(s) {
    const child = s.split(s.region(), "m");
    s.untilThere(3, child);
    const deletion = s.holdWork("remove tablets", 3);
    s.pdRemoves(child, 3);
    s.untilHeld(deletion);
    const later = s.pdAdds(child, 3);
    s.ticks(30);
    deletion.release();
    s.until("the later one has its data", () => s.peerIdOn(3, child) === later);
    s.untilThere(3, child);
    s.pdPromotes(child, later);
    s.promiseWhole(child);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "a tablet is a directory named by one life, and a life is never used again",
  },
};
