import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";
import { peerOn } from "./script.ts";

export const c81: Scenario = {
  id: "C-81",
  title: "a split that is applied after its child was replaced leaves the newer one's vote alone",
  source: "CockroachDB #75918, PR #155143: race in split application",
  invariant: "consensus state of a replica is never rewritten by somebody else's apply",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    s.pdRemoves(child, 3);
    s.untilGone(3, child, childPeer);
    const later = s.pdAdds(child, 3);
    s.until("a message has made the later one", () => s.peerIdOn(3, child) === later);
    const quiet = s.holdMail({ to: 3, regionId: child });
    s.ticks(25);
    const { id: candidate } = peerOn(s.world, child, 1, 2);
    const from = { store: 2, peerId: candidate, confVer: 9 };
    const vote = { term: 40, index: 90, logTerm: 39 };
    s.arrives(3, s.message("MsgVote", { store: 3, peerId: later }, from, vote, child));
    const request = quiet.held.at(-1);
    quiet.release((pending) => pending === request);
    s.ticks(1);
    split.release();
    s.ticks(20);
    const raft = s.world.replica(3, child)?.raft;
    s.promise("its vote stands", raft?.term === 40 && raft.vote === candidate);
    s.promise("no child is owed", s.world.status(3).pendingSplitChildren === 0);
    quiet.release();
    snapshot.release();
    s.untilThere(3, child);
    s.pdPromotes(child, later);
    s.promiseWhole(child);
    s.end();
  },
  guard: { ...ONE_DOOR, caughtBy: { oracle: "no-way-back", says: "store-3" } },
};
