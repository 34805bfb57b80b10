import { describe, expect, test } from "vitest";
import { entry, type ReportOptions, type ViewOptions, view } from "../../test/fixtures.ts";
import { keyFromText, type OperatorStep, toPeerId, toStoreId } from "../protocol/index.ts";
import { advance } from "./advance.ts";
import type { Operator, Plan } from "./operator.ts";

const add4: OperatorStep = {
  kind: "add-learner",
  peer: { id: toPeerId(4), storeId: toStoreId(4), role: "learner" },
};
const promote4: OperatorStep = { kind: "promote-learner", peerId: toPeerId(4) };
const leadBy2: OperatorStep = { kind: "transfer-leader", toPeerId: toPeerId(2) };
const remove1: OperatorStep = { kind: "remove-peer", peerId: toPeerId(1) };
const split: OperatorStep = { kind: "split", keys: [keyFromText("m")] };
const MOVE = [add4, promote4, leadBy2, remove1];

function operatorOf(steps: readonly OperatorStep[], kind: Plan["kind"] = "replace-peer"): Operator {
  return {
    kind,
    steps,
    id: 9,
    regionId: entry().region.id,
    epoch: { version: 1, confVer: 1 },
    step: 0,
    stepStartedMs: view().nowMs,
    unreportedMs: undefined,
    lastSentMs: undefined,
    influences: [],
  };
}

/** "order add-learner", "wait", or the outcome. */
function look(
  operator: Operator,
  region: ReportOptions,
  cluster: ViewOptions = {},
  laterMs = 0,
): string {
  const seen = view(cluster);
  const result = advance({ ...seen, nowMs: seen.nowMs + laterMs }, entry(region), operator);
  if (result.kind === "order") return `order ${result.order.step.kind}`;
  return result.kind === "ended" ? result.outcome : "wait";
}

describe("one look at a move from store 1 to store 4", () => {
  test.each<[string, ReportOptions, string]>([
    ["nothing done", {}, "order add-learner"],
    ["the learner is there, its data is not", { peers: "1 2 3 4l?", confVer: 2 }, "wait"],
    ["the learner has its data", { peers: "1 2 3 4l", confVer: 2 }, "order promote-learner"],
    ["the learner is not heard from", { peers: "1 2 3 4l!", confVer: 2 }, "wait"],
    ["nor its data has come", { peers: "1 2 3 4l?!", confVer: 2 }, "wait"],
    ["not for long", { peers: "1 2 3 4l?!", confVer: 2, downMs: 1_800_000 }, "target-lost"],
    ["the learner votes", { peers: "1 2 3 4", confVer: 3 }, "order transfer-leader"],
    ["the next leader is behind", { peers: "1 2? 3 4", confVer: 3 }, "wait"],
    ["the next leader is not heard from", { peers: "1 2! 3 4", confVer: 3 }, "wait"],
    ["the leadership has moved", { peers: "1 2 3 4", confVer: 3, leader: 2 }, "order remove-peer"],
    ["too few would be healthy", { peers: "1 2 3? 4!", confVer: 3, leader: 2 }, "wait"],
    ["all done", { peers: "2 3 4", confVer: 4 }, "done"],
    ["somebody else added one", { peers: "1 2 3 5l", confVer: 2 }, "stale"],
    ["somebody else removed one, too", { peers: "1 2 4l", confVer: 3 }, "stale"],
    ["the store was given to another", { peers: "1 2 3", confVer: 3 }, "stale"],
    ["only the range has changed", { range: ["", "m"], version: 7 }, "order add-learner"],
  ])("%s", (_, region, expected) => {
    expect(look(operatorOf(MOVE), region)).toBe(expected);
  });

  test("a leadership that comes back ends the removal", () => {
    const operator = operatorOf(MOVE);
    const region: ReportOptions = { peers: "1 2 3 4", confVer: 3 };
    expect(look(operator, { ...region, leader: 2 })).toBe("order remove-peer");
    expect(look(operator, region)).toBe("leader-is-victim");
  });

  test.each([
    ["up", "order add-learner"],
    ["silent", "order add-learner"],
    ["down", "target-lost"],
    ["removing", "target-lost"],
    ["removed", "target-lost"],
  ] as const)("with a target store that is %s", (state, expected) => {
    expect(look(operatorOf(MOVE), {}, { stores: ["up", "up", "up", state] })).toBe(expected);
  });
});

test("an order names the epoch of the report that it answers", () => {
  const seen = entry({ version: 3, confVer: 1 });
  const result = advance(view(), seen, operatorOf(MOVE));
  expect(result).toEqual({
    kind: "order",
    order: { kind: "pd-order", operatorId: 9, regionId: 1, epoch: seen.region.epoch, step: add4 },
  });
});

test("an order is repeated, but no sooner than it should be", () => {
  const operator = operatorOf(MOVE);
  const { orderResendMs } = view().options;
  expect(look(operator, {})).toBe("order add-learner");
  expect(look(operator, {}, {}, orderResendMs - 1)).toBe("wait");
  expect(look(operator, {}, {}, orderResendMs)).toBe("order add-learner");
  expect(look(operator, {}, {}, orderResendMs + 1)).toBe("wait");
});

test("the next step is ordered at once", () => {
  const operator = operatorOf(MOVE);
  look(operator, {});
  expect(look(operator, { peers: "1 2 3 4l", confVer: 2 })).toBe("order promote-learner");
});

describe("a step that takes too long", () => {
  const { stepTimeoutMs, snapshotStepTimeoutMs } = view().options;

  test("ends the operator, sooner without data than with", () => {
    expect(look(operatorOf([leadBy2]), {}, {}, stepTimeoutMs)).toBe("timed-out");
    expect(look(operatorOf(MOVE), {}, {}, stepTimeoutMs)).toBe("order add-learner");
    expect(look(operatorOf(MOVE), {}, {}, snapshotStepTimeoutMs)).toBe("timed-out");
  });

  test("has no limit once the data is on its way", () => {
    const coming: ReportOptions = { peers: "1 2 3 4l?", confVer: 2 };
    expect(look(operatorOf(MOVE), coming, {}, 1_000_000)).toBe("wait");
    const silent: ViewOptions = { stores: ["up", "up", "up", "down"] };
    expect(look(operatorOf(MOVE), coming, silent)).toBe("target-lost");
  });

  test("has more time in a large region", () => {
    const large: ReportOptions = { sizeBytes: 200 * 1_048_576 };
    expect(look(operatorOf(MOVE), large, {}, snapshotStepTimeoutMs)).toBe("order add-learner");
    expect(look(operatorOf(MOVE), large, {}, 1_200_000)).toBe("timed-out");
  });

  test("begins anew with each step", () => {
    const operator = operatorOf(MOVE);
    const learned: ReportOptions = { peers: "1 2 3 4l", confVer: 2 };
    expect(look(operator, learned, {}, snapshotStepTimeoutMs - 1)).toBe("order promote-learner");
    expect(look(operator, learned, {}, snapshotStepTimeoutMs + stepTimeoutMs - 2)).not.toBe(
      "timed-out",
    );
  });
});

test("by hand a group can be made smaller than it should be, not so that it has no quorum", () => {
  const region: ReportOptions = { peers: "1 2", leader: 2 };
  expect(look(operatorOf([remove1]), region)).toBe("wait");
  expect(look(operatorOf([remove1], "by-hand"), region)).toBe("order remove-peer");
  const leadByThree: ReportOptions = { peers: "1 2! 3", leader: 3 };
  expect(look(operatorOf([remove1], "by-hand"), leadByThree)).toBe("wait");
});

test("a split is done when the version has grown", () => {
  const operator = operatorOf([split], "by-hand");
  expect(look(operator, { confVer: 1 })).toBe("order split");
  expect(look(operator, { version: 2, range: ["", "m"] })).toBe("done");
});
