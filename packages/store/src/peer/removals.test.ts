import type { Region } from "@multiraft/pd/protocol";
import { beforeEach, expect, test } from "vitest";
import { Removals } from "./removals.ts";

let notices: (() => void)[];
let told: string[];
let mayTell: boolean;
let removals: Removals;

beforeEach(() => {
  notices = [];
  told = [];
  mayTell = true;
  removals = new Removals({
    peerId: 1 as never,
    region: () => ({ peers: [{ id: 1 }], epoch: { version: 1, confVer: 5 } }) as unknown as Region,
    whenRecorded: (then) => notices.push(then),
    mayTell: () => mayTell,
    sendOrder: ({ id }) => told.push(`order to ${id}`),
    counted: () => undefined,
  });
});

test("a change is told of when it is recorded", () => {
  removals.regionChanged(() => told.push("split"));
  expect(removals.couldForget).toBe(true);
  notices.shift()?.();
  expect(told).toEqual(["split"]);
  expect(removals.couldForget).toBe(false);
});

test("of two changes nobody is told before both are recorded: what is told is the newest", () => {
  removals.regionChanged(() => told.push("split"));
  removals.regionChanged(() => told.push("removal"));
  notices.shift()?.();
  expect(told).toEqual([]);
  expect(removals.couldForget).toBe(true);
  notices.shift()?.();
  expect(told).toEqual(["removal"]);
});

test("a candidate that its group has removed is told by who may tell of it, and heard by nobody", () => {
  const from = { from: 4, fromStore: 4, toStore: 1, to: 1, regionId: 7 };
  const mail = { ...from, kind: "raft", epoch: { version: 1, confVer: 1 } };
  const message = { type: "MsgPreVote", from: 4, to: 1, term: 9 };
  const asks = { ...mail, message } as unknown as Parameters<Removals["refuses"]>[0];
  mayTell = false;
  expect(removals.refuses(asks)).toBe(true);
  expect(told).toEqual([]);
  mayTell = true;
  expect(removals.refuses(asks)).toBe(true);
  expect(told).toEqual(["order to 4"]);
});
