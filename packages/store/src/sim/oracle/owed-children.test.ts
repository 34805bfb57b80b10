// What a store's log says it owes; that a parent does not end before is in durable-first.test.ts.
import { describe, expect, test } from "vitest";
import { appended, forgePeer, mail, type Shown, said } from "../../../test/oracle-fixture.ts";
import { OwedChildren } from "./owed-children.ts";

const PARENT = forgePeer(1);
const INFORMED = { ...PARENT, owedChildren: [4] };
const pending = [{ region: { id: 4 }, peerId: 40 }];
const recovered = (splits: readonly object[], tombstones: readonly object[] = []) =>
  mail("registryActor", PARENT, {
    kind: "recovered",
    outcome: { kind: "reply", value: { splits, lives: [{ life: 1 }], tombstones } },
  });
const OWING = recovered([{ parentLife: 1, index: 9, pending }]);
const CHILD = { kind: "life", life: 8, regionId: 4, peerId: 40 };
const HAS_DATA = { kind: "install", life: 8 };
const DONE = { kind: "split-done", parentLife: 1, index: 9, childRegionId: 4 };

test("a parent that is opened again is told of each child", () => {
  expect(said(OwedChildren, OWING, { starts: INFORMED })).toEqual([]);
  expect(said(OwedChildren, OWING, { starts: PARENT })).toEqual([
    "store-1: life 1 was opened as if it owed no child 4",
  ]);
  expect(said(OwedChildren, recovered([]), { starts: PARENT })).toEqual([]);
});

test("only the first actor after a start is told by what was read", () => {
  expect(said(OwedChildren, OWING, { starts: INFORMED }, { starts: PARENT })).toEqual([]);
});

test("a parent gets no other data while it owes a child", () => {
  const install = { kind: "install", life: 1 };
  const owing = [OWING, { starts: INFORMED }] as const;
  expect(said(OwedChildren, ...owing, appended(PARENT, CHILD, HAS_DATA, DONE, install))).toEqual(
    [],
  );
  expect(said(OwedChildren, ...owing, appended(PARENT, install))).toEqual([
    "store-1: life 1 got other data and owed children 4",
  ]);
});

const offer = mail("peerActor", PARENT, { kind: "snapshot-offer", from: 2, transfer: 5 });
const verdict = (refusal: string | undefined) =>
  mail("gateActor", PARENT, {
    kind: "send",
    mail: { kind: "snapshot-verdict", to: 2, transfer: 5, refusal },
  });

test("a parent accepts no snapshot while it owes a child", () => {
  const owing = [OWING, { starts: INFORMED }] as const;
  expect(said(OwedChildren, ...owing, offer, verdict("owes-children"))).toEqual([]);
  expect(said(OwedChildren, ...owing, offer, verdict(undefined))).toEqual([
    "store-1: life 1 accepted other data and owed children 1 9 4",
  ]);
});

test("what is settled when a parent answers, or owed only since it was asked, does not matter", () => {
  const owing = [OWING, { starts: INFORMED }] as const;
  expect(
    said(
      OwedChildren,
      ...owing,
      offer,
      appended(PARENT, CHILD, HAS_DATA, DONE),
      verdict(undefined),
    ),
  ).toEqual([]);
  const split = { kind: "split", parentLife: 1, index: 9, children: pending };
  const later = [{ starts: PARENT }, offer, appended(PARENT, split), verdict(undefined)] as const;
  expect(said(OwedChildren, ...later)).toEqual([]);
});

describe("a child is owed no more", () => {
  const child = { ...forgePeer(1, {}, 8), regionId: 4, peerId: 40 };
  const owing = [OWING, { starts: INFORMED }, appended(PARENT, CHILD)] as const;
  const failing = (times: number) => Array<Shown>(times).fill({ starts: child });

  test.each<[string, readonly Shown[]]>([
    ["when it has its data", [appended(child, HAS_DATA)]],
    ["when it is buried", [appended(PARENT, { kind: "tombstone", tombstone: { regionId: 4 } })]],
    ["when there is another replica of it", [appended(PARENT, { ...CHILD, peerId: 41 })]],
    ["when it failed too often", failing(4)],
  ])("%s", (_, shown) => {
    expect(said(OwedChildren, ...owing, ...shown, appended(PARENT, DONE))).toEqual([]);
  });

  test.each<[string, readonly Shown[]]>([
    ["while it is started", failing(3)],
    ["for the data of another", [appended(PARENT, { kind: "install", life: 9 })]],
  ])("but not %s", (_, shown) => {
    expect(said(OwedChildren, ...owing, ...shown, appended(PARENT, DONE))).toEqual([
      "store-1: life 1 owes child 4 no more, which has no data",
    ]);
  });

  test("when it was buried before the store was opened", () => {
    const read = recovered([{ parentLife: 1, index: 9, pending }], [{ regionId: 4 }]);
    expect(said(OwedChildren, read, { starts: INFORMED }, appended(PARENT, DONE))).toEqual([]);
  });
});
