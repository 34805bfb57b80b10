import { type Key, toPeerId } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c53: Scenario = {
  id: "C-53",
  title: "a scan that waits while its replica is removed is answered once, and with no rows",
  source: "tikv #13553, PR #13568: race in acquiring the snapshot of a local read",
  invariant: "a read takes its data, then checks that it was allowed to",
  play(s) {
    s.region();
    const confirmations = s.holdMail({ to: 1, regionId: R1, kinds: ["MsgHeartbeatResp"] });
    const reply = s.ask(1, R1, {
      kind: "scan",
      version: 1,
      start: "" as Key,
      end: "" as Key,
      limitPairs: 10,
      limitBytes: 1_000,
    });
    s.promise("it waits", reply() === undefined);
    s.pdOrders(1, R1, { kind: "transfer-leader", toPeerId: toPeerId(102) });
    s.ticks(3);
    const gone = s.pdRemoves(R1, 1);
    s.untilGone(1, R1, gone);
    confirmations.release();
    s.ticks(3);
    s.promise("it is answered", reply() !== undefined);
    s.promise("no rows of a region that went", reply()?.kind !== "pairs");
    s.end();
  },
  guard: {
    kind: "construction",
    why: "a read is served in one turn of the replica that still holds its lease, from its own tablet",
  },
};
