import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c64: Scenario = {
  id: "C-64",
  title: "entries that come while a snapshot is being installed are applied after it, none is lost",
  source: "tikv PR #1287, #4716: a snapshot overwrites what was applied",
  invariant: "one order a replica: install before later entries",
  play(s) {
    s.region([1, 2]);
    const pieces = s.holdMail({ to: 3, kinds: ["snapshot-end"] });
    s.pdAdds(R1, 3);
    s.untilHeld(pieces);
    s.put(R1, "a", "after the copy was made");
    const install = s.holdLogOf(3, R1);
    pieces.release();
    s.untilHeld(install);
    for (const key of ["b", "c"]) s.put(R1, key, `value of ${key}`);
    s.ticks(5);
    s.promise("it has no data before the record is durable", !s.hasData(3, R1));
    install.release();
    s.untilThere(3, R1);
    s.promiseEqual(R1);
    s.promiseValue(R1, "a", "after the copy was made");
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a rule of the Raft core",
    test: {
      file: "packages/store/src/raft/restore.test.ts",
      name: "nothing from the log is applied while a snapshot waits",
    },
    planted: "apply-waits-for-snapshot",
  },
};
