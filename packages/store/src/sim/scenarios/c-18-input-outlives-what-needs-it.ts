import { Endings } from "../../registry/endings.ts";
import { TABLETS } from "../cluster/open-store.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c18: Scenario = {
  id: "C-18",
  title: "power goes before the tombstone is durable: the data that the log still names are there",
  source: "tikv #11746, PR #11782: snapshot files deleted while the state is still Applying",
  invariant: "a file is deleted only after what refers to it is durably gone",
  play(s) {
    s.region();
    const tombstone = s.holdRegistryLog(3);
    const peerId = s.pdRemoves(R1, 3);
    s.untilHeld(tombstone);
    s.ticks(20);
    // A disk may write what it was given at any time.
    s.world.disk(3).syncDirectory(TABLETS);
    s.world.crashStore(3);
    tombstone.release();
    s.world.restartStore(3);
    s.promise("nothing is damaged", s.world.status(3).damaged.length === 0);
    s.untilGone(3, R1, peerId);
    s.promise("in the end nothing is left", s.directories(3, R1).length === 0);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "the tombstone is durable before the tablets go",
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
    caughtBy: { promise: "nothing is damaged" },
  },
};
