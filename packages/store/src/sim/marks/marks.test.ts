import type { HandledMail, ManualSystem } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { MARKS, Marks } from "./marks.ts";

const NOTHING = {
  system: { counters: () => ({ dropped: {} }) } as unknown as ManualSystem,
  history: [],
  faults: [],
  comparisons: 0,
};

function reachedBy(see: (marks: Marks) => void, ran: Partial<typeof NOTHING> = {}): string[] {
  const marks = new Marks();
  see(marks);
  return [...marks.reached({ ...NOTHING, ...ran })];
}

function handled(message: object): HandledMail {
  const life = { slot: 7, incarnation: 1 };
  const mail = { host: "store-1", actor: "peerActor", life, addressedTo: life, from: undefined };
  return { ...mail, message, bytes: undefined } as unknown as HandledMail;
}

const order = (operatorId: number) =>
  handled({ kind: "pd-order", operatorId, step: { kind: "remove-peer", peerId: 3 } });

test("each mark has a name of its own", () => {
  expect(new Set(MARKS).size).toBe(MARKS.length);
});

test("nothing is reached by nothing", () => {
  expect(reachedBy(() => undefined)).toEqual([]);
});

test("what the driver plans, and its orders where they are heard", () => {
  const created = { "replace-peer": 2, "balance-leaders": 0 };
  const plan = (marks: Marks) => marks.lookAtDriver({ createdOperators: created } as never);
  expect(reachedBy(plan)).toEqual(["the driver plans: replace-peer"]);
  expect(reachedBy((marks) => marks.handling(order(4)))).toEqual([
    "the driver's order is heard: remove-peer",
  ]);
});

test("an order that a fault has given past the driver is none of its own", () => {
  expect(reachedBy((marks) => marks.handling(order(0)))).toEqual([]);
});

test("why a gate wakes a replica", () => {
  const rouse = (marks: Marks) =>
    marks.handling(handled({ kind: "rouse", reason: "silent store" }));
  expect(reachedBy(rouse)).toEqual(["a gate wakes a replica: silent store"]);
});

test("faults that began, and moments that they had waited for", () => {
  const faults = [{ number: 0, step: 1, name: "kill-thread", atMs: 0, what: "it dies" }];
  expect(reachedBy(() => undefined, { faults: faults as never })).toEqual([
    "a fault begins: kill-thread",
  ]);
  expect(reachedBy((marks) => marks.struck("retire"))).toEqual(["a fault strikes at: retire"]);
  expect(reachedBy((marks) => marks.struck("whatever else"))).toEqual([]);
});

test("data of one region at one index, on two stores", () => {
  expect(reachedBy(() => undefined, { comparisons: 1 })).toEqual([
    "two stores hold a region at one index",
  ]);
});
