import { toPeerId } from "@multiraft/pd/protocol";
import { TombstoneBook } from "../../registry/tombstone-book.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c30: Scenario = {
  id: "C-30",
  title: "who was removed twice over is not called back by a member that knows of neither",
  source: "tikv #10533, PR #11457: destroying an uninitialized peer lets the old one come back",
  invariant: "a tombstone never says less than the one it replaces",
  setting: { stores: 4 },
  play(s) {
    s.region([2, 1, 3]);
    const cut = s.cutOff(1);
    s.pdPlaces(R1, 4);
    const gone = s.pdRemoves(R1, 3);
    s.untilGone(3, R1, gone);
    // Another peer on that store is removed before it gets any data.
    const snapshot = s.holdMail({ to: 3, kinds: ["snapshot-offer"] });
    const learner = s.pdAdds(R1, 3);
    s.until("the learner is made", () => s.peerIdOn(3, R1) === learner);
    s.pdRemoves(R1, 3);
    s.until("the learner is gone", () => s.world.lifeOn(3, R1) === undefined);
    snapshot.drop();
    for (const isRestarted of [false, true]) {
      if (isRestarted) s.powerCut(3);
      const vote = { term: 90, index: 100, logTerm: 80 };
      const from = { store: 1, peerId: 101 };
      for (const to of [gone, learner])
        s.arrivesDespite(cut, 3, s.message("MsgVote", { store: 3, peerId: to }, from, vote));
      s.promise("nobody is called back", s.world.lifeOn(3, R1) === undefined);
    }
    s.heal(cut);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "a tombstone is merged with the one before",
    // As in the report: what comes second names nobody.
    takeOut: () =>
      replace(
        TombstoneBook.prototype,
        "bury",
        (original) =>
          function bury(this: TombstoneBook, tombstone) {
            if (this.get(tombstone.regionId) === undefined) return original.call(this, tombstone);
            const nobody = {
              regionId: tombstone.regionId,
              peerId: toPeerId(1),
              epoch: { version: 1, confVer: 0 },
              removedPeerIds: [],
            };
            this.load([nobody]);
            return nobody;
          },
      ),
    caughtBy: { promise: "nobody is called back" },
  },
};
