import type { Region } from "@multiraft/pd/protocol";
import { beforeEach, expect, test } from "vitest";
import { Removals } from "./removals.ts";

let notices: (() => void)[];
let told: string[];
let removals: Removals;

beforeEach(() => {
  notices = [];
  told = [];
  removals = new Removals({
    peerId: 1 as never,
    region: () => ({ peers: [{ id: 1 }] }) as unknown as Region,
    whenRecorded: (then) => notices.push(then),
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
