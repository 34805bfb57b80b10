import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c82: Scenario = {
  id: "C-82",
  title: "the child came, went and came again under a later id: the split that is late leaves it",
  source: "CockroachDB #16641, #21146, PR #40892: a replica object that changes its id",
  invariant: "one object is one replica id; a new id inherits nothing of an old one",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    snapshot.release();
    s.untilThere(3, child);
    const life = s.world.lifeOn(3, child)?.life;
    s.pdRemoves(child, 3);
    s.untilGone(3, child, childPeer);
    const later = s.pdPlaces(child, 3);
    split.release();
    s.ticks(20);
    s.promise("the later one stays", s.peerIdOn(3, child) === later);
    s.promise("it is another life", s.world.lifeOn(3, child)?.life !== life);
    s.promise("no child is owed", s.world.status(3).pendingSplitChildren === 0);
    s.promiseWhole(child);
    s.end();
  },
  guard: ONE_DOOR,
};
