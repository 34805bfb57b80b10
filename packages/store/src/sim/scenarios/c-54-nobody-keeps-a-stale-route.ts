import type { Key } from "@multiraft/pd/protocol";
import type { Address } from "@multiraft/runtime";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c54: Scenario = {
  id: "C-54",
  title: "who kept the address of a replica that was replaced gets no answer of the next one",
  source: "tikv #9517, PR #9527: a local reader keeps a stale id",
  invariant: "a cached permission dies with the incarnation that it names",
  setting: { slotsPerHost: 5 },
  play(s) {
    s.region();
    const first = s.addressOf(3, R1) as Address<PeerMail>;
    const late = s.holdFor(3, R1, ["get"]);
    const get = (version: number) => ({ kind: "get" as const, version, key: "a" as Key });
    const reply = s.world.system.ask(first, get(1));
    s.untilHeld(late);
    const gone = s.pdRemoves(R1, 3);
    s.untilGone(3, R1, gone);
    s.pdPlaces(R1, 3);
    s.promise("the next one has the same slot", s.addressOf(3, R1).slot === first.slot);
    s.pdMovesLeader(R1, 3);
    late.release();
    s.ticks(3);
    s.promise("the old address answers nobody", reply.outcome?.kind === "failed");
    s.promise("the gate knows the new one", s.world.client(3, R1, get(1)).kind === "value");
    s.end();
  },
  guard: {
    kind: "switch",
    name: "mail isolated",
    without: { isMailIsolated: false },
    caughtBy: { oracle: "own-mail" },
  },
};
