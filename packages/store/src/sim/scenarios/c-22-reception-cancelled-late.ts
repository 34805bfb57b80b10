import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c22: Scenario = {
  id: "C-22",
  title: "a removal that comes while a snapshot is being opened ends, and leaves nothing",
  source: "tikv #11125, PR #11134: apply_snap_ctx not cleared after a cancel",
  invariant: "a cancel has three outcomes, and each leaves one state",
  play(s) {
    s.region([1, 2]);
    const pieces = s.holdMail({ to: 3, kinds: ["snapshot-chunk"] });
    const peerId = s.pdAdds(R1, 3);
    s.untilHeld(pieces);
    // Too late to be prevented: its work is done, the answer is on its way.
    const opened = s.holdWork("open received tablet", 3, "reply");
    pieces.release();
    s.untilHeld(opened);
    s.pdRemoves(R1, 3);
    s.ticks(12);
    opened.release();
    s.untilGone(3, R1, peerId);
    s.promise("nothing is left on the disk", s.world.tabletNames(3).length === 0);
    s.pdPlaces(R1, 3);
    s.promiseEqual(R1);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "what a reception holds belongs to its life's lease, which waits for work under way",
  },
};
