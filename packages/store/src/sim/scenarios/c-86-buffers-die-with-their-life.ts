import type { Scenario } from "./scenario.ts";
import { R1 } from "./stage.ts";

export const c86: Scenario = {
  id: "C-86",
  title: "what a removed replica had still to write does not reach the next one's data",
  source: "unistore #654, #666, #516: a cached write batch flushed after the shard came again",
  invariant: "caches hang on the incarnation and die with it",
  play(s) {
    s.region();
    const commit = s.holdWork("commit tablet", 3);
    s.put(R1, "a", "old");
    s.untilHeld(commit);
    const first = s.pdRemoves(R1, 3);
    s.put(R1, "a", "new");
    s.ticks(20);
    const later = s.pdAdds(R1, 3);
    s.ticks(5);
    commit.release();
    s.until("the later one has its data", () => s.peerIdOn(3, R1) === later && s.hasData(3, R1));
    s.promise("there is one life on the disk", s.directories(3, R1).length === 1);
    s.promiseEqual(R1);
    s.powerCut(3);
    s.promiseEqual(R1);
    s.promiseValue(R1, "a", "new");
    s.promise("the ids differ", first !== later);
    s.end();
  },
  guard: {
    kind: "construction",
    why: "a write buffer belongs to one tablet, and a tablet to one life",
  },
};
