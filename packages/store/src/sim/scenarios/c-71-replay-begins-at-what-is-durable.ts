import { ScriptedDisk } from "../scripted-disk.ts";
import { lazyDisk } from "./lazy-disk.ts";
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
    const before = s.inLog(3, R1)?.lastIndex ?? 0;
    s.powerCut(3);
    const after = s.inLog(3, R1)?.lastIndex ?? 0;
    s.promise("what was acknowledged is in its log", before > 20 && after >= before);
    s.promiseValue(child, "n", "later");
    s.end();
  },
  guard: {
    kind: "switch",
    name: "what the log says is durable is synced",
    without: { diskOf: (id) => (id === 3 ? lazyDisk() : new ScriptedDisk()) },
    caughtBy: { promise: "what was acknowledged is in its log" },
  },
};
