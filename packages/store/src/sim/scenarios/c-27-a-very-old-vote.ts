import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c27: Scenario = {
  id: "C-27",
  title: "a vote of a peer that is long gone meets a tombstone, and later peers with other ids",
  source:
    "tikv #12023, PR #12054: panic for a stale message to a tombstone (its part without merge)",
  invariant: "messages can be arbitrarily old; a mismatch of identity is data, not a bug",
  setting: { stores: 4 },
  play(s) {
    s.region([3, 1, 2]);
    const old = [s.pdRemoves(R1, 2), 101] as const;
    s.untilGone(2, R1, old[0]);
    const later = s.pdPlaces(R1, 2);
    s.pdPlaces(R1, 4);
    const vote = { term: 70, index: 100, logTerm: 60 };
    const asks = (to: number, peerId: number) =>
      s.arrives(
        to,
        s.message("MsgVote", { store: to, peerId }, { store: 2, peerId: old[0] }, vote),
      );
    asks(1, old[1]);
    s.ticks(15);
    s.promise("the later peer stays where the old one was", s.peerIdOn(2, R1) === later);
    const gone = s.pdRemoves(R1, 1);
    s.untilGone(1, R1, gone);
    asks(1, old[1]);
    asks(2, old[0]);
    s.ticks(15);
    s.promise("nobody is called back", s.world.lifeOn(1, R1) === undefined);
    s.promise("and the later peer stays", s.peerIdOn(2, R1) === later);
    s.promiseEqual(R1, [2, 3, 4]);
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "admission is one pure function with a closed list of answers; it asserts nothing of a sender",
    test: {
      file: "packages/store/src/registry/admission.test.ts",
      name: "who may come into being",
    },
    planted: "older-peer-supersedes",
  },
};
