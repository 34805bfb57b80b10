import { type Key, keyFromText, toPeerId } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c58: Scenario = {
  id: "C-58",
  title: "confirmations of an earlier read do not confirm one that came after a newer leader wrote",
  source: "tikv #4680, #10347: a read index shared while leadership is on the move",
  invariant: "a shared answer serves only requests that began before it was asked for",
  play(s) {
    s.region();
    const get = { kind: "get" as const, version: 1, key: "a" as Key };
    const deaf = s.holdMail({ to: 1, regionId: R1 });
    const earlier = s.ask(1, R1, get);
    s.pdOrders(1, R1, { kind: "transfer-leader", toPeerId: toPeerId(102) });
    s.until("store 2 leads", () => s.world.replica(2, R1)?.raft?.role === "leader");
    const newer = { kind: "put" as const, key: keyFromText("a"), value: Buffer.from("newer") };
    const written = s.ask(2, R1, { kind: "write", version: 1, writes: [newer] });
    s.until("the newer value is written", () => written()?.kind === "written");
    s.promise("the old leader knows nothing", s.world.replica(1, R1)?.raft?.role === "leader");
    const later = s.ask(1, R1, get);
    deaf.release();
    s.ticks(5);
    s.promise("the earlier read is answered", earlier() !== undefined);
    s.promise("the later read is not answered with what is old", later()?.kind !== "value");
    s.promiseValue(R1, "a", "newer");
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a rule of the Raft core: confirmations carry the leader's own growing number",
    test: {
      file: "packages/store/src/raft/read-index.test.ts",
      name: "an answer to a heartbeat from before the read confirms nothing",
    },
    planted: "heartbeat-without-read-confirms-none",
  },
};
