import { Hibernation } from "../../peer/hibernation.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c35: Scenario = {
  id: "C-35",
  title: "late mail of a store that died sends nobody to sleep who knows of it",
  source: "tikv #14547, PR #14574: regions lose their leaders after one store fails",
  invariant: "liveness evidence must be newer than the failure report",
  setting: { tuning: { hibernateAfterMs: 200 } },
  play(s) {
    s.region();
    // The leader asks again and again, and hears nothing.
    const late = s.holdMail({ to: 2, regionId: R1, kinds: ["hibernate"] });
    const later = s.holdMail({ to: 3, regionId: R1, kinds: ["hibernate"] });
    s.ticks(150);
    s.promise("it has asked many times", late.held.length > 10);
    s.world.crashStore(1);
    const isAsleep = (store: number) => s.world.replica(store, R1)?.isAsleep === true;
    for (let tick = 0; tick < 8 * s.world.tuning.electionTicks; tick += 1) {
      for (const [store, hold] of [[2, late] as const, [3, later] as const]) {
        const [next] = hold.held;
        if (next !== undefined && !isAsleep(store)) hold.release((one) => one === next);
      }
      s.ticks(1);
    }
    const leads = [2, 3].some((store) => s.world.replica(store, R1)?.raft?.role === "leader");
    s.promise("somebody leads in place of the dead", leads);
    late.release();
    later.release();
    s.world.restartStore(1);
    s.promiseEqual(R1);
    s.untilAsleep(R1);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "who was woken does not sleep again before it has heard its leader",
    takeOut: () =>
      replace(Hibernation.prototype, "onRoused", (original) => {
        return function onRoused(this: Hibernation, reason) {
          original.call(this, reason);
          this.heardLeader();
        };
      }),
    caughtBy: { promise: "somebody leads in place of the dead" },
  },
};
