import { SplitChildren } from "../../registry/split-children.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c69: Scenario = {
  id: "C-69",
  title: "a parent whose removal waits for its child ends when the child is removed, too",
  source: "tikv #14215, PR #14223: destroy never ends",
  invariant: "a removal waits only for obstacles that have an end",
  play(s) {
    s.region();
    const store3 = s.world.store(3).host;
    const copy = s.world.system.hold(
      (one) => one.kind === "mail" && one.message.kind === "copy-request" && one.host === store3,
    );
    const child = s.split(R1, "m");
    s.untilHeld(copy);
    const parentPeer = s.pdRemoves(R1, 3);
    s.ticks(20);
    s.promise("the parent waits for its child", s.world.lifeOn(3, R1) !== undefined);
    s.pdRemoves(child, 3);
    s.until("nobody is left", () => s.world.status(3).lives.length === 0, 100);
    copy.release();
    s.untilGone(3, R1, parentPeer);
    s.promise("nothing is left", s.world.tabletNames(3).length === 0);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "a tombstone settles what is owed: when it is durable, and when its life is gone",
    takeOut: () => {
      const first = replace(SplitChildren.prototype, "settle", () => () => undefined);
      const second = replace(SplitChildren.prototype, "judgeAgain", () => () => undefined);
      return () => {
        first();
        second();
      };
    },
    caughtBy: { promise: "nobody is left" },
  },
};
