import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c05: Scenario = {
  id: "C-05",
  title: "a split that is applied last leaves a child alone that has had its snapshot",
  source: "tikv PR #8084: race between creating a new peer and splitting",
  invariant: "a split makes only a child that no newer history of its region has touched",
  play(s) {
    const { child, split, snapshot } = s.lateSplit();
    snapshot.release();
    s.untilThere(3, child);
    s.put(child, "n", "newer");
    s.ticks(10);
    const life = s.world.lifeOn(3, child)?.life;
    split.release();
    s.ticks(20);
    s.promise("the child is the same life", s.world.lifeOn(3, child)?.life === life);
    s.promiseValue(child, "n", "newer");
    s.promiseEqual(child);
    s.end();
  },
  guard: ONE_DOOR,
};
