import { expect, test } from "vitest";
import { appended, forgePeer, mail, said } from "../../../test/oracle-fixture.ts";
import { encodeCommand } from "../../operation/command.ts";
import { encodeConfChange, makeConfChange } from "../../raft/index.ts";
import { OwnChanges } from "./own-changes.ts";

const ONE = forgePeer(1);

/** Stands in its log: a change that was made for this membership. */
function made(confVer: number) {
  const change = { kind: "remove-peer", peerId: 3 as never } as const;
  const context = encodeCommand({ kind: "membership", epoch: { version: 1, confVer }, change });
  const changes = [{ type: "remove-node" as const, nodeId: 3 as never }];
  const data = encodeConfChange(makeConfChange(changes, "auto", context));
  const entry = { index: 8, term: 2, type: 2, data };
  return appended(ONE, { kind: "entries", life: 1, entries: [entry] });
}
const says = (confVer: number, generation = 1) =>
  mail("registryActor", ONE, {
    kind: "region-changed",
    life: 1,
    region: { id: 7, epoch: { version: 1, confVer } },
    generation,
  });

test("each step of a membership has a change in the log that was made for it", () => {
  expect(said(OwnChanges, says(3), made(3), says(4))).toEqual([]);
  expect(said(OwnChanges, says(3), made(3), made(4), says(5))).toEqual([]);
});

test("a second change for the same membership is not applied", () => {
  expect(said(OwnChanges, says(3), made(3), made(3), says(5))).toEqual([
    "store-1: life 1 of region 7 left membership 4 by a change that was not made for it",
  ]);
  expect(said(OwnChanges, says(3), says(4))).toHaveLength(1);
});

test("what is installed was changed elsewhere", () => {
  expect(said(OwnChanges, says(3), says(6, 2))).toEqual([]);
});
