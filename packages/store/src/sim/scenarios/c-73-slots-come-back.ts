import type { GovernorStatus } from "../../snapshot/governor-mail.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c73: Scenario = {
  id: "C-73",
  title: "with one slot a store, a reception that breaks off keeps nobody from the next",
  source: "tikv #17903, #16976, #10813: slots and files of snapshots leak",
  invariant: "what is acquired is released with its owner, however that ends",
  setting: { tuning: { snapshotsMax: 1 } },
  play(s) {
    s.region([1, 2]);
    const pieces = s.holdMail({ to: 3, kinds: ["snapshot-chunk"] });
    const first = s.pdAdds(R1, 3);
    s.untilHeld(pieces);
    s.promise("its slot is taken", status(3).receiving === 1);
    s.pdRemoves(R1, 3);
    s.ticks(12);
    s.heal(pieces);
    s.untilGone(3, R1, first);
    // Cut short by a failure of the sender's power this time.
    const again = s.holdMail({ to: 3, kinds: ["snapshot-chunk"] });
    const second = s.pdAdds(R1, 3);
    s.untilHeld(again);
    s.powerCut(1);
    s.heal(again);
    s.until("its data are in", () => s.peerIdOn(3, R1) === second && s.hasData(3, R1));
    s.ticks(5);
    for (const store of [1, 2, 3]) {
      const { sending, receiving } = status(store);
      s.promise(`store ${store} has its slots back`, sending + receiving === 0);
    }
    s.end();

    function status(store: number): GovernorStatus {
      const { governor } = s.world.store(store);
      return s.world.answer(governor, { kind: "governor-status" }) as GovernorStatus;
    }
  },
  guard: {
    kind: "construction",
    why: "a slot is held in the name of an address, and the governor watches that address",
  },
};
