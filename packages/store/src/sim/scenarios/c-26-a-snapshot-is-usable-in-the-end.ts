import { SnapshotSender } from "../../snapshot/sender.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c26: Scenario = {
  id: "C-26",
  title: "a follower catches up by one snapshot, though writes go on faster than it travels",
  source: "tikv #18872, PR #18873: every snapshot is stale when it is ready",
  invariant: "some snapshot is usable in the end",
  setting: { tuning: { logKeepEntries: 4, flushMs: 100 } },
  play(s) {
    s.region([1, 2]);
    for (let n = 0; n < 12; n += 1) s.put(R1, `k${n}`, "before");
    let offers = 0;
    const ends = s.holdMail({ to: 3, kinds: ["snapshot-end"] });
    s.world.system.lookOn({
      handling: ({ actor, message }) => {
        const { kind, mail } = message as { kind: string; mail?: { kind: string } };
        if (actor === "gateActor" && kind === "send" && mail?.kind === "snapshot-end") offers += 1;
      },
    });
    s.pdAdds(R1, 3);
    s.untilHeld(ends);
    for (let n = 0; n < 20; n += 1) {
      s.put(R1, `k${n}`, "meanwhile");
      s.ticks(1);
    }
    ends.release();
    s.untilThere(3, R1);
    s.ticks(10);
    s.promise("no second snapshot is needed", offers <= 1);
    s.promiseEqual(R1);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "the log is kept from where a snapshot under way begins",
    takeOut: () => forget(SnapshotSender.prototype),
    caughtBy: { promise: "no second snapshot is needed" },
  },
};

/** A leader that does not know of the snapshots it sends. */
function forget(sender: SnapshotSender): () => void {
  const before = Object.getOwnPropertyDescriptor(sender, "count") ?? {};
  Object.defineProperty(sender, "count", { ...before, get: () => 0 });
  return () => void Object.defineProperty(sender, "count", before);
}
