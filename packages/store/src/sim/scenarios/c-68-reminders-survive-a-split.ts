import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c68: Scenario = {
  id: "C-68",
  title: "who was removed and does not know is reminded after a split, and after a power cut",
  source: "tikv #14689, #15623, #15644: records of removed peers lost by a split",
  invariant: "what is still to be done survives every rewrite of the state that holds it",
  play(s) {
    s.region();
    const cut = s.cutOff(3);
    const peerId = s.pdRemoves(R1, 3);
    const child = s.split(R1, "m");
    s.ticks(10);
    for (const store of [1, 2]) s.powerCut(store);
    s.put(R1, "b", "value of b");
    s.ticks(10);
    s.promise("the record is still there", reminded().includes(peerId));
    s.heal(cut);
    s.untilGone(3, R1, peerId);
    s.promiseEqual(R1, [1, 2]);
    s.promiseEqual(child, [1, 2]);
    s.end();

    function reminded(): number[] {
      const leader = s.world.mustLead(R1);
      const own = s.world.tablets().find((one) => one.store === leader && one.name.regionId === R1);
      return (own?.meta.removedPeers ?? []).map((removed) => removed.peerId);
    }
  },
  guard: {
    kind: "elsewhere",
    why: "the record is part of the tablet's own metadata, which a split takes over as a whole",
    test: {
      file: "packages/store/src/sim/scenarios/removal.test.ts",
      name: "a removed peer is told until it confirms, by the next leader, too, after a power cut",
    },
  },
};
