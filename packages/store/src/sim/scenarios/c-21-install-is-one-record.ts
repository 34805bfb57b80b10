import { keyFromText } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c21: Scenario = {
  id: "C-21",
  title: "an old leader with a long tail loses its power while a snapshot is being installed",
  source: "tikv #12470, #12618, PR #12603, #13088: two engines apart after an interrupted snapshot",
  invariant: "what stands in two places has one commit point",
  setting: { tuning: { logKeepEntries: 4, flushMs: 100 } },
  play(s) {
    s.region([3, 1, 2]);
    const cut = s.cutOff(3);
    for (let n = 0; n < 20; n += 1) s.ask(3, R1, write("tail", `${n}`));
    s.until("another leads", () => s.world.replica(1, R1)?.raft?.leader !== 103);
    for (let n = 0; n < 30; n += 1) s.put(R1, `k${n}`, "later");
    s.ticks(5);
    s.heal(cut);
    const pieces = s.holdMail({ to: 3, kinds: ["snapshot-end"] });
    s.untilHeld(pieces);
    const disk = s.holdDisk(3);
    pieces.release();
    s.until("its record waits", () => s.world.replica(3, R1)?.receiving === "installing");
    s.ticks(3);
    s.world.crashStore(3);
    disk.release();
    s.world.restartStore(3);
    s.promise("nothing is damaged", s.world.status(3).damaged.length === 0);
    s.promiseEqual(R1);
    s.powerCut(3);
    s.promiseEqual(R1);
    s.promise("the tail is gone", s.world.get(R1, "tail") === undefined);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "log, hard state and generation are named by one record of one log; nothing can be half",
  },
};

function write(key: string, value: string) {
  const writes = [{ kind: "put" as const, key: keyFromText(key), value: Buffer.from(value) }];
  return { kind: "write" as const, version: 1, writes };
}
