import { type Disposition, LIFE_TABLE } from "../../peer/life-table.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c08: Scenario = {
  id: "C-08",
  title: "what is still in the mailbox of a replica that has ended is answered, not handled",
  source: "tikv #17840, PR #17841: panic in on_raft_gc_log_tick after a merge",
  invariant: "after the end only callers are answered",
  play(s) {
    s.region();
    const replica = s.addressOf(3, R1);
    const tombstone = s.holdRegistryLog(3);
    const peerId = s.pdRemoves(R1, 3);
    s.untilHeld(tombstone);
    const before = s.statusAt(replica).raft?.term;
    const [self, other] = [
      { store: 3, peerId },
      { store: 2, peerId: 102, confVer: 9 },
    ];
    s.wasInMailbox(replica, s.message("MsgHeartbeat", self, other, { term: 90 }));
    s.ticks(20);
    s.promise("its Raft state stands still", s.statusAt(replica).raft?.term === before);
    const reply = s.ask(3, R1, { kind: "get", version: 1, key: "a" as never });
    s.ticks(1);
    s.promise("a caller is answered", reply() !== undefined);
    tombstone.release();
    s.untilGone(3, R1, peerId);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "the row of the life table for a replica that is being removed",
    takeOut: () => replace(LIFE_TABLE.removing, "raft", (): Disposition => "handle"),
    caughtBy: { promise: "its Raft state stands still" },
  },
};
