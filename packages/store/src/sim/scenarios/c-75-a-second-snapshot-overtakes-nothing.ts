import { keyFromText, toPeerId } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c75: Scenario = {
  id: "C-75",
  title: "a second snapshot is refused while the first one's record is on its way to the disk",
  source: "raft-rs #417: the acknowledgement of an older snapshot moves the persisted index",
  invariant: "acknowledgements of durability are numbered, and never go back",
  setting: { tuning: { logKeepEntries: 4, flushMs: 100 } },
  play(s) {
    s.region([1, 2]);
    const first = s.holdMail({ to: 3, kinds: ["snapshot-end"] });
    s.pdAdds(R1, 3);
    s.untilHeld(first);
    const record = s.holdLogOf(3, R1);
    first.release();
    s.untilHeld(record);
    // Another leads, whose log begins behind what the first snapshot has.
    s.pdOrders(1, R1, { kind: "transfer-leader", toPeerId: toPeerId(102) });
    s.until("store 2 leads", () => s.world.replica(2, R1)?.raft?.role === "leader");
    for (let n = 0; n < 20; n += 1) {
      s.ask(2, R1, write(`k${n}`));
      s.ticks(2);
    }
    const counts = s.world.replica(3, R1)?.counts ?? {};
    s.promise("the second is refused", (counts["snapshot refused: busy"] ?? 0) > 0);
    record.release();
    s.untilThere(3, R1);
    s.promiseEqual(R1);
    s.powerCut(3);
    s.promiseEqual(R1);
    s.promiseValue(R1, "k19", "later");
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a rule of the Raft core",
    test: {
      file: "packages/store/src/raft/unstable.test.ts",
      name: "one of another snapshot leaves the one that waits",
    },
    planted: "other-snapshot-stays",
  },
};

function write(key: string) {
  const writes = [{ kind: "put" as const, key: keyFromText(key), value: Buffer.from("later") }];
  return { kind: "write" as const, version: 1, writes };
}
