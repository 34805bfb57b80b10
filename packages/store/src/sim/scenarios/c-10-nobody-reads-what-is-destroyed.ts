import { Endings } from "../../registry/endings.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c10: Scenario = {
  id: "C-10",
  title: "when the data of a replica are taken away, nobody is there any more who could tick",
  source: "tikv #18983, PR #18984: panic in a log-GC tick during asynchronous destroy",
  invariant: "from the moment destruction is handed out, the actor touches nothing of it",
  play(s) {
    s.region();
    const removal = s.holdWork("remove tablets", 3);
    const tombstone = s.holdRegistryLog(3);
    const peerId = s.pdRemoves(R1, 3);
    s.untilHeld(tombstone);
    s.ticks(20);
    s.promise("nothing is destroyed while its actor lives", removal.held.length === 0);
    tombstone.release();
    s.untilHeld(removal);
    const actors = s.world.system.inspect("store-3").map(({ definition }) => definition);
    s.promise("nobody is there any more", !actors.includes("peerActor"));
    s.ticks(30);
    removal.release();
    s.untilGone(3, R1, peerId);
    s.promise("nothing is left of it", s.directories(3, R1).length === 0);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "tablets go when the news has come that their actor has ended",
    takeOut: () =>
      replace(
        Endings.prototype,
        "endIfFree",
        (original) =>
          function endIfFree(this: Endings, entry) {
            original.call(this, entry);
            if (entry.state.kind === "ending") this.removeTablets(entry.life);
          },
      ),
    caughtBy: { promise: "nothing is destroyed while its actor lives" },
  },
};
