import { expect, test } from "vitest";
import { appended, forgePeer, mail, type Shown, said } from "../../../test/oracle-fixture.ts";
import { EndedSenders } from "./ended-senders.ts";
import type { Scene } from "./oracle.ts";

const ONE = forgePeer(1);
const starts = { starts: ONE };
const isRead = mail("logActor", undefined, { kind: "read-life", life: 1, ended: ONE.address });
const entries = appended(ONE, { kind: "entries", life: 1, entries: [] });
const other = mail("gateActor", ONE, { kind: "drained" });

/** @param lastIndexes Of life 1, at each look at the log; none: the log does not answer. */
function saidOf(lastIndexes: readonly (number | undefined)[], ...shown: readonly Shown[]) {
  const looks = lastIndexes.map((lastIndex) =>
    lastIndex === undefined ? undefined : { lives: [{ life: 1, lastIndex }] },
  );
  class OfLooks extends EndedSenders {
    constructor(scene: Scene) {
      super(scene, () => looks.shift() as never);
    }
  }
  const what = said(OfLooks, ...shown);
  expect(looks).toEqual([]);
  return what;
}

test("nobody looks while who appends still runs, or before its life was read", () => {
  expect(saidOf([], starts, entries, isRead, other)).toEqual([]);
});

test("what an ended actor had on its way may come, and changes nothing", () => {
  expect(saidOf([8, 8], starts, isRead, entries, other)).toEqual([]);
});

test("a log that takes it is a violation", () => {
  expect(saidOf([8, 9], starts, isRead, entries, other)).toEqual([
    'store-1: life 1: what 11.1 had sent before it ended made {"life":1,"lastIndex":8} into {"life":1,"lastIndex":9}',
  ]);
});

test("a log that has failed, or went with its store, says nothing", () => {
  expect(saidOf([8, undefined], starts, isRead, entries, other)).toEqual([]);
  expect(saidOf([8], starts, isRead, entries, { crashes: "store-1" }, other)).toEqual([]);
});
