import { Senders } from "../../log/senders.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c42: Scenario = {
  id: "C-42",
  title: "a write of an actor that failed comes after it was opened again, and changes nothing",
  source: 'tikv #18405: "task has a smaller ready number"',
  invariant: "numbers of writes are compared within one incarnation",
  play(s) {
    s.region();
    s.ticks(10);
    const late = s.holdLogOf(3, R1);
    s.put(R1, "b", "value of b");
    s.untilHeld(late);
    const entries = s.slowApply(3, R1);
    s.replicaFails(3, R1);
    const before = s.inLog(3, R1)?.lastIndex;
    late.release();
    s.ticks(2);
    s.promise("the late write is not in the log", s.inLog(3, R1)?.lastIndex === before);
    entries.release();
    s.put(R1, "c", "value of c");
    s.promiseEqual(R1);
    s.promise("it is not damaged", s.world.status(3).damaged.length === 0);
  },
  guard: {
    kind: "replaced",
    name: "the log takes nothing more of a sender that has ended",
    takeOut: () => replace(Senders.prototype, "isShut", () => () => false),
    caughtBy: { promise: "the late write is not in the log" },
  },
};
