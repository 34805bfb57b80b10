import { type Key, toPeerId } from "@multiraft/pd/protocol";
import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c57: Scenario = {
  id: "C-57",
  title: "a new leader answers no read before it has committed in its own term",
  source: "tikv #9208, PR #9239: stale read index after a transfer of leadership",
  invariant: "a read index is given only after an entry of the own term is committed",
  play(s) {
    s.region();
    s.put(R1, "a", "newest");
    const acks = s.holdMail({ to: 2, regionId: R1, kinds: ["MsgAppResp"] });
    s.pdOrders(1, R1, { kind: "transfer-leader", toPeerId: toPeerId(102) });
    s.until("store 2 leads", () => s.world.replica(2, R1)?.raft?.role === "leader");
    const reply = s.ask(2, R1, { kind: "get", version: 1, key: "a" as Key });
    s.ticks(3);
    s.promise("it waits for its first commit", reply() === undefined);
    acks.release();
    s.until("it is answered", () => reply() !== undefined);
    const answer = reply();
    const value = answer?.kind === "value" ? String(answer.value && Buffer.from(answer.value)) : "";
    s.promise("with what the old leader acknowledged", value === "newest");
    s.end();
  },
  guard: {
    kind: "elsewhere",
    why: "a rule of the Raft core",
    test: {
      file: "packages/store/src/raft/read-index.test.ts",
      name: "before the leader has committed in its term",
    },
    planted: "read-after-own-commit",
  },
};
