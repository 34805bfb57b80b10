import type { PdMail } from "@multiraft/pd/protocol";
import { type LogIndex, RaftNode } from "../../raft/index.ts";
import { replace } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { peerOn } from "./script.ts";
import { R1 } from "./stage.ts";

export const c17: Scenario = {
  id: "C-17",
  title: "the leader of a new child reports a peer that it has not heard from as pending",
  source: "tikv #17992, PR #18032: pending peers missing in the heartbeat after a split",
  invariant: "unknown is reported as pending, never as healthy",
  play(s) {
    const reports: Extract<PdMail, { kind: "region-heartbeat" }>[] = [];
    s.world.system.lookOn({
      handling: ({ actor, message }) => {
        const mail = message as PdMail;
        if (actor === "pdActor" && mail.kind === "region-heartbeat") reports.push(mail);
      },
    });
    s.region();
    // Store 3 is slow to apply the split, and nothing of the child gets there.
    const split = s.slowApply(3, R1);
    const all = s.holdMail({ to: 3 });
    const child = s.split(R1, "m");
    s.until("it is reported", () => reports.some(({ region }) => region.id === child));
    s.ticks(30);
    const silent = peerOn(s.world, child, s.world.mustLead(child), 3).id;
    const own = reports.filter(({ region }) => region.id === child);
    s.promise(
      "who was not heard from is pending",
      own.every(({ pendingPeers }) => pendingPeers.includes(silent)),
    );
    all.release();
    split.release();
    s.until("it is healthy when it has its data", () => {
      const last = reports.findLast(({ region }) => region.id === child);
      return last?.pendingPeers.length === 0;
    });
    s.promiseEqual(child);
    s.end();
  },
  guard: {
    kind: "replaced",
    name: "a peer whose progress is not known has caught up with nothing",
    takeOut: () =>
      replace(
        RaftNode.prototype,
        "progressOf",
        (original) =>
          function progressOf(this: RaftNode, id) {
            const progress = original.call(this, id);
            const match = Number.MAX_SAFE_INTEGER as LogIndex;
            const flow = { state: "replicate" } as never;
            return progress && { ...progress, match, flow, committedIndex: match };
          },
      ),
    caughtBy: { promise: "who was not heard from is pending" },
  },
};
