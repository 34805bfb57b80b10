import { type Disposition, LIFE_TABLE } from "../../peer/life-table.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c12: Scenario = {
  id: "C-12",
  title: "a notice from the log that comes while a replica ends is taken, and applies nothing",
  source: "tikv #19034, PR #19030: ApplyRes handled while the peer is being destroyed",
  invariant: "the state of being destroyed lists its legal messages",
  play(s) {
    s.region();
    s.ticks(10);
    const replica = s.addressOf(3, R1);
    const notice = s.holdFor(3, R1, ["log-durable"]);
    const tombstone = s.holdRegistryLog(3);
    s.put(R1, "b", "value of b");
    s.untilHeld(notice);
    const { appliedIndex } = s.statusAt(replica);
    // The order reaches it; the entry of its removal cannot be applied.
    const peerId = s.pdRemoves(R1, 3);
    s.until("it ends", () => s.statusAt(replica).state === "removing");
    notice.release();
    s.ticks(2);
    s.promise("the notice is taken", s.world.system.thrown.length === 0);
    s.promise("nothing more is applied", s.statusAt(replica).appliedIndex === appliedIndex);
    tombstone.release();
    s.untilGone(3, R1, peerId);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "the row of the life table for a replica that is being removed",
    takeOut: () => replace(LIFE_TABLE.removing, "log-notice", (): Disposition => "impossible"),
    caughtBy: { promise: "the notice is taken" },
  },
};
