import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c71: Scenario = {
  id: "C-71",
  title:
    "data that only the log has are there after a power cut of two stores, however late flushes are",
  source: "tikv PR #15173, #15543, #15064: restart from a point later than the data",
  invariant: "replay begins no later than what is durable",
  setting: { tuning: { logKeepEntries: 2, flushMs: 60_000, flushBytes: 1 << 30 } },
  play(s) {
    s.region();
    const child = s.split(R1, "m");
    for (let n = 0; n < 10; n += 1) s.put(R1, `b${n}`, "late");
    s.put(child, "n", "later");
    for (const store of [1, 2]) s.world.crashStore(store);
    for (const store of [1, 2]) s.world.restartStore(store);
    for (let n = 0; n < 10; n += 1) s.promiseValue(R1, `b${n}`, "late");
    s.promiseValue(child, "n", "later");
    s.powerCut(3);
    s.promiseValue(child, "n", "later");
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "applied index and data are one commit of the tablet; each of its syncs is left out in turn",
    test: {
      file: "packages/store/src/sim/scenarios/power-loss.test.ts",
      name: "without a sync that its promise stands on it is broken, without another it is not",
    },
  },
};
