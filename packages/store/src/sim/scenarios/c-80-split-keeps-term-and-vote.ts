import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";
import { peerOn } from "./script.ts";

export const c80: Scenario = {
  id: "C-80",
  title: "the split keeps the term and the vote of the child that it finds",
  source: "CockroachDB #7600, #16749: an uninitialized replica clobbered by a split",
  invariant: "a split never lowers term or vote of a replica that exists",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    const { id: candidate } = peerOn(s.world, child, 1, 2);
    // Long after it has last heard from its leader.
    const quiet = s.holdMail({ to: 3, regionId: child });
    s.ticks(25);
    const from = { store: 2, peerId: candidate };
    const vote = { term: 40, index: 90, logTerm: 39 };
    s.arrives(3, s.message("MsgVote", { store: 3, peerId: childPeer }, from, vote, child));
    const request = quiet.held.at(-1);
    quiet.release((pending) => pending === request);
    s.ticks(1);
    s.promise("it has voted", hasVoted());
    split.release();
    s.untilThere(3, child);
    s.promise("it still has, with its data", hasVoted());
    const { term, vote: durable } = s.inLog(3, child)?.hardState ?? {};
    s.promise("and so says its log", term === 40 && durable === candidate);
    quiet.release();
    snapshot.release();
    s.promiseWhole(child);
    s.end();

    function hasVoted(): boolean {
      const raft = s.world.replica(3, child)?.raft;
      return raft?.term === 40 && raft.vote === candidate;
    }
  },
  guard: { ...ONE_DOOR, caughtBy: { oracle: "no-way-back", says: "store-3" } },
};
