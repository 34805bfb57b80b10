import { describe, expect, test } from "vitest";
import { entry, view } from "../../test/fixtures.ts";
import {
  keyFromText,
  type OperatorStep,
  type PeerId,
  toPeerId,
  toStoreId,
} from "../protocol/index.ts";
import { OPERATOR_STEPS_MAX, PEER_ID_BY_HAND_MAX, refuseSteps } from "./check-steps.ts";

const add = (id: number, storeId: number, role: "learner" | "voter" = "learner"): OperatorStep => ({
  kind: "add-learner",
  peer: { id: toPeerId(id), storeId: toStoreId(storeId), role },
});
/** As it may come from outside. */
const addUnchecked = (id: number): OperatorStep => ({
  kind: "add-learner",
  peer: { id: id as PeerId, storeId: toStoreId(4), role: "learner" },
});
const promote = (id: number): OperatorStep => ({ kind: "promote-learner", peerId: toPeerId(id) });
const remove = (id: number): OperatorStep => ({ kind: "remove-peer", peerId: toPeerId(id) });
const lead = (id: number): OperatorStep => ({ kind: "transfer-leader", toPeerId: toPeerId(id) });
const split = (...keys: string[]): OperatorStep => ({ kind: "split", keys: keys.map(keyFromText) });

describe("steps for a region of voters 1, 2, 3, led by 1, from b to y", () => {
  const { region, leader } = entry({ peers: "1 2 3", range: ["b", "y"] });
  const { stores } = view({ stores: ["up", "up", "up", "up", "removing"] });

  test.each<[string, readonly OperatorStep[], string | undefined]>([
    ["a whole move", [add(9, 4), promote(9), lead(2), remove(1)], undefined],
    ["none", [], "step-count"],
    ["too many", Array(OPERATOR_STEPS_MAX + 1).fill(lead(2)), "step-count"],
    ["an id that is there", [add(3, 4)], "peer-id-in-use"],
    ["the largest id", [add(PEER_ID_BY_HAND_MAX, 4)], undefined],
    ["an id above that", [add(PEER_ID_BY_HAND_MAX + 1, 4)], "peer-id-out-of-range"],
    ["an id that is no number", [addUnchecked(Number.NaN)], "peer-id-out-of-range"],
    ["an id that is not whole", [addUnchecked(1.5)], "peer-id-out-of-range"],
    ["an id of zero", [addUnchecked(0)], "peer-id-out-of-range"],
    ["a store that has one", [add(9, 3)], "store-has-peer"],
    ["a store that was just given one", [add(9, 4), add(10, 4)], "store-has-peer"],
    ["a store that was just freed", [remove(3), add(9, 3)], undefined],
    ["a store that is leaving", [add(9, 5)], "store-not-up"],
    ["a store that nobody knows", [add(9, 6)], "store-not-up"],
    ["a voter out of nothing", [add(9, 4, "voter")], "not-a-learner"],
    ["the promotion of a voter", [promote(2)], "not-a-learner"],
    ["the promotion of nobody", [promote(9)], "no-such-peer"],
    ["the removal of nobody", [remove(9)], "no-such-peer"],
    ["the removal of the leader", [remove(1)], "peer-is-leader"],
    ["the removal of all but the leader", [remove(2), remove(3)], undefined],
    ["the removal of the last voter", [remove(2), remove(3), remove(1)], "last-voter"],
    ["the leadership to a learner", [add(9, 4), lead(9)], "not-a-voter"],
    ["the leadership to a new voter", [add(9, 4), promote(9), lead(9)], undefined],
    ["the leadership to who has it", [lead(1)], "already-leader"],
    ["the leadership to nobody", [lead(9)], "no-such-peer"],
    ["a split in the middle", [split()], undefined],
    ["a split at keys", [split("c", "d")], undefined],
    ["a split at its start", [split("b")], "split-keys"],
    ["a split at its end", [split("y")], "split-keys"],
    ["a split below it", [split("a")], "split-keys"],
    ["a split at keys out of order", [split("d", "c")], "split-keys"],
    ["a split twice at a key", [split("c", "c")], "split-keys"],
    ["something after a split", [split("c"), lead(2)], "split-not-last"],
  ])("%s", (_, steps, expected) => {
    if (leader === undefined) throw new Error("no leader");
    expect(refuseSteps(region, leader, steps, stores)).toBe(expected);
  });
});
