import { ONE_DOOR } from "./one-door.ts";
import type { Scenario } from "./scenario.ts";

export const c03: Scenario = {
  id: "C-03",
  title: "an order to end that waits at the first child does not end its successor",
  source: 'tikv #18309: "meta corruption detected" in destroy_peer',
  invariant: "a command an actor sends or is sent names the incarnation, not the pair of ids",
  play(s) {
    const { child, childPeer, split, snapshot } = s.lateSplit();
    const order = s.holdInMailbox(3, child, ["tombstone-order"]);
    s.pdRemoves(child, 3);
    s.ticks(15);
    split.release();
    s.ticks(5);
    order.release();
    snapshot.release();
    s.untilGone(3, child, childPeer);
    s.pdPlaces(child, 3);
    s.promiseWhole(child);
    s.end();
  },
  guard: ONE_DOOR,
};
