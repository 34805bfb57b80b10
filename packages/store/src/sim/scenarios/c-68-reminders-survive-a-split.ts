import { Reminders } from "../../peer/reminders.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c68: Scenario = {
  id: "C-68",
  title: "who was removed and does not know is reminded after a split, and after a power cut",
  source: "tikv #14689, #15623, #15644: records of removed peers lost by a split",
  invariant: "what is still to be done survives every rewrite, and ends for dead stores",
  setting: { stores: 5 },
  play(s) {
    s.region([1, 2, 3, 4, 5]);
    const [away, dead] = [s.cutOff(3), s.cutOff(4)];
    const ids = [s.pdRemoves(R1, 3), s.pdRemoves(R1, 4)] as const;
    const child = s.split(R1, "m");
    s.ticks(10);
    for (const store of [1, 2]) s.powerCut(store);
    s.put(R1, "b", "value of b");
    s.ticks(10);
    s.promise(
      "both records are still there",
      ids.every((id) => reminded().includes(id)),
    );
    s.heal(away);
    s.until("it is told, and confirms", () => !reminded().includes(ids[0]), 60);
    s.untilGone(3, R1, ids[0]);
    s.promise("nobody knows what became of the other", reminded().join() === `${ids[1]}`);
    s.pdGivesUp(4);
    s.until("its record has an end, too", () => reminded().length === 0);
    s.promiseEqual(R1, [1, 2, 5]);
    s.promiseEqual(child, [1, 2, 5]);
    dead.drop();
    s.end();

    function reminded(): number[] {
      const leader = s.world.mustLead(R1);
      const own = s.world.tablets().find((one) => one.store === leader && one.name.regionId === R1);
      return (own?.meta.removedPeers ?? []).map((removed) => removed.peerId);
    }
  },
  guard: {
    kind: "replaced",
    name: "whoever leads reminds removed peers",
    takeOut: () => replace(Reminders.prototype, "remind", () => () => undefined),
    caughtBy: { promise: "it is told, and confirms" },
  },
};
