import { describe, expect, test } from "vitest";
import { entry, type ReportOptions } from "../../test/fixtures.ts";
import { type OperatorStep, toPeerId, toStoreId } from "../protocol/index.ts";
import { ENDED_OPERATORS_KEPT, OperatorTable } from "./operator-table.ts";

const MOVE: readonly OperatorStep[] = [
  { kind: "add-learner", peer: { id: toPeerId(4), storeId: toStoreId(4), role: "learner" } },
  { kind: "promote-learner", peerId: toPeerId(4) },
  { kind: "transfer-leader", toPeerId: toPeerId(4) },
  { kind: "remove-peer", peerId: toPeerId(1) },
];

describe("what a move from store 1 to store 4 will still change", () => {
  type Counts = readonly [peers: number, leaders: number, receiving: number, sending: number];
  const NOTHING: Counts = [0, 0, 0, 0];

  test.each<[string, number, ReportOptions, Counts, Counts]>([
    ["nothing reported", 0, {}, [-1, -1, 0, 1], [1, 1, 1, 0]],
    ["led from elsewhere", 0, { leader: 2 }, [-1, 0, 0, 0], [1, 1, 1, 0]],
    ["the learner reported", 0, { peers: "1 2 3 4l?" }, [-1, -1, 0, 0], [0, 1, 0, 0]],
    ["the voter reported", 2, { peers: "1 2 3 4" }, [-1, -1, 0, 0], [0, 1, 0, 0]],
    ["the leader reported", 3, { peers: "1 2 3 4", leader: 4 }, [-1, 0, 0, 0], NOTHING],
    ["the removal reported", 3, { peers: "2 3 4", leader: 4 }, NOTHING, NOTHING],
  ])("%s", (_, step, region, atOne, atFour) => {
    const table = new OperatorTable();
    const operator = table.start(1, { kind: "by-hand", steps: MOVE }, entry(), 0);
    operator.step = step;
    table.refreshInfluence(operator, entry(region));
    const countsOf = (storeId: number): Counts => {
      const { peers, leaders, receiving, sending } = table.expected.of(toStoreId(storeId));
      return [peers, leaders, receiving, sending];
    };
    expect([countsOf(1), countsOf(4)]).toEqual([atOne, atFour]);
    table.end(operator, "done");
    expect(table.expected.isZero).toBe(true);
  });
});

test("a region has one operator, and each ends once", () => {
  const table = new OperatorTable();
  const plan = { kind: "replace-peer", steps: MOVE } as const;
  const operator = table.start(1, plan, entry(), 0);
  expect(() => table.start(2, plan, entry(), 0)).toThrow("has an operator already");
  expect(table.runningIn("replica")).toBe(1);
  table.end(operator, "stale");
  expect(() => table.end(operator, "done")).toThrow("ended twice");
  expect(table.runningIn("replica")).toBe(0);
  expect(table.ended).toMatchObject({ stale: 1, done: 0 });
  expect(table.created["replace-peer"]).toBe(1);
});

test("ended operators are forgotten in their order", () => {
  const table = new OperatorTable();
  for (let id = 1; id <= ENDED_OPERATORS_KEPT + 2; id += 1)
    table.end(table.start(id, { kind: "by-hand", steps: MOVE }, entry(), 0), "done");
  expect(table.progress(2)).toEqual({ kind: "unknown" });
  expect(table.progress(3)).toEqual({ kind: "ended", outcome: "done" });
});
