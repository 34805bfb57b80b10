import { expect, test } from "vitest";
import { forgePeer, mail } from "../../../test/oracle-fixture.ts";
import { range } from "../../../test/tablet-fixture.ts";
import { Shadow } from "../shadow.ts";
import { ownerlessKey } from "./whole-map.ts";

const PARENT = forgePeer(1);
const OTHER = forgePeer(2);
const CHILD = { ...forgePeer(3), regionId: 8 };

const region = (id: number, version: number, start: string, end: string) => {
  return { id, range: range(start, end), epoch: { version, confVer: 1 }, peers: [] };
};
const says = (peer: typeof PARENT, version: number, start: string, end: string) =>
  mail("registryActor", peer, {
    kind: "region-changed",
    life: peer.life,
    region: region(peer.regionId, version, start, end),
  });
const names = (peer: typeof PARENT, ...children: readonly object[]) =>
  mail("registryActor", peer, {
    kind: "split-applied",
    life: peer.life,
    children: children.map((child) => ({ region: child, peerId: 9 })),
  });

function hole(...shown: readonly ReturnType<typeof mail>[]): string | undefined {
  const shadow = new Shadow();
  for (const peer of [PARENT, OTHER, CHILD]) shadow.start(peer.host, peer.address, peer as never);
  for (const one of shown) shadow.note(one);
  return ownerlessKey(shadow);
}

const WHOLE = says(PARENT, 1, "", "");
const CUT = says(PARENT, 2, "", "m");
const NAMED = names(PARENT, region(8, 2, "m", ""));

test("before there is a region, and while one has all, no key is missed", () => {
  expect(hole()).toBeUndefined();
  expect(hole(WHOLE)).toBeUndefined();
  expect(hole(says(PARENT, 1, "", "t"))).toBe('no region has the keys from "t" on');
  expect(hole(says(PARENT, 1, "c", ""))).toBe('no region has the keys from "" to "c"');
});

test("what a split gave away is its children's, whether they have said so or not", () => {
  expect(hole(WHOLE, CUT, NAMED)).toBeUndefined();
  expect(hole(WHOLE, CUT, NAMED, says(CHILD, 2, "m", ""))).toBeUndefined();
  expect(hole(WHOLE, CUT, names(PARENT, region(8, 2, "n", "")))).toBe(
    'no region has the keys from "m" to "n"',
  );
});

test("what a child has said counts, not what it was named with", () => {
  const split = [says(CHILD, 3, "m", "t"), names(CHILD, region(9, 3, "u", ""))];
  expect(hole(WHOLE, CUT, NAMED, ...split)).toBe('no region has the keys from "t" to "u"');
});

test("a split of which nobody has named the children yet says nothing", () => {
  expect(hole(WHOLE, CUT)).toBeUndefined();
  // The first of two was applied where nobody could say so.
  expect(
    hole(WHOLE, says(OTHER, 3, "", "f"), names(OTHER, region(9, 3, "f", "m"))),
  ).toBeUndefined();
  const both = [CUT, NAMED, says(OTHER, 3, "", "f"), names(OTHER, region(9, 3, "f", "k"))];
  expect(hole(WHOLE, ...both)).toBe('no region has the keys from "k" to "m"');
});
