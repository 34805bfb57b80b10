import { lazyDisk } from "./lazy-disk.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c89: Scenario = {
  id: "C-89",
  title: "removed members give one who was away no quorum, power cut included",
  source: "tikv #1262: tombstone marked after the conf change was applied",
  invariant: "the tombstone is durable in the same write as the applied removal",
  setting: { stores: 5 },
  play(s) {
    s.region([1, 2, 3, 4, 5]);
    const cut = s.cutOff(5);
    const gone = [3, 4].map((store) => ({ store, peerId: s.pdRemoves(R1, store) }));
    for (const { store, peerId } of gone) s.untilGone(store, R1, peerId);
    const from = { store: 5, peerId: 105 };
    for (const to of gone) {
      s.powerCut(to.store);
      const vote = s.message("MsgVote", to, from, { term: 90, index: 99, logTerm: 80 });
      s.arrivesDespite(cut, to.store, vote);
      s.promise("a removed member stays away", s.world.lifeOn(to.store, R1) === undefined);
    }
    s.heal(cut);
    s.end();
  },
  guard: {
    kind: "switch",
    name: "what the log says is durable is synced",
    without: { diskOf: lazyDisk },
    caughtBy: { promise: "a removed member stays away" },
  },
};
