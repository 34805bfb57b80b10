import type { PeerId, RegionId, StoreId } from "@multiraft/pd/protocol";
import { describe, expect, test } from "vitest";
import type { LogIndex, Term } from "../raft/ids.ts";
import { LogImage, lastIndexOf } from "./log-image.ts";
import type { Generation, Life, Tombstone } from "./record.ts";
import type { ScannedRecord } from "./record-codec.ts";
import { toPosition } from "./segment.ts";

const L = 7 as Life;
const at = (raw: number) => raw as LogIndex;
const term = (raw: number) => raw as Term;
const identity = {
  regionId: 70 as RegionId,
  peerId: 3 as PeerId,
  epoch: { version: 1, confVer: 1 },
};
const admitted: ScannedRecord = { kind: "life", life: L, ...identity };

function run(kind: "entries" | "entries-copy", from: number, to: number): ScannedRecord {
  const boundaries = Array.from({ length: to - from + 2 }, (_, each) => 100 + each * 10);
  return { kind, life: L, firstIndex: at(from), boundaries };
}

function state(termNumber: number, vote: number, commit: number) {
  return { term: term(termNumber), vote: vote as PeerId | 0, commit: at(commit) };
}

const hardState = (...numbers: Parameters<typeof state>): ScannedRecord => ({
  kind: "hard-state",
  life: L,
  hardState: state(...numbers),
});

const truncated = (index: number): ScannedRecord => ({
  kind: "truncate",
  life: L,
  index: at(index),
  term: term(2),
});

const installed: ScannedRecord = {
  kind: "install",
  life: L,
  generation: 4 as Generation,
  index: at(20),
  term: term(6),
  hardState: state(6, 0, 20),
};

const copied = (index: number): ScannedRecord => ({
  kind: "life-copy",
  life: L,
  ...identity,
  hardState: state(5, 3, 9),
  generation: 1 as Generation,
  truncatedIndex: at(index),
  truncatedTerm: term(2),
});

function tombstone(peerId: number, removed: readonly number[], confVer = 2): Tombstone {
  const removedPeerIds = removed as readonly PeerId[];
  return { ...identity, peerId: peerId as PeerId, epoch: { version: 1, confVer }, removedPeerIds };
}

const ended = (value: Tombstone, life: Life | undefined = L): ScannedRecord => ({
  kind: "tombstone",
  life,
  tombstone: value,
});

/** Each record in a segment of its own, from 1 on. */
function imageOf(...records: readonly ScannedRecord[]): LogImage {
  const image = new LogImage();
  records.forEach((record, place) => {
    image.fold(record, toPosition(place + 1, 1_000));
  });
  return image;
}

/** Indexes of the entries, with the segment of each. */
function entriesOf(image: LogImage): readonly string[] {
  const { entries } = image.lives.get(L) ?? {};
  if (entries === undefined || entries.isEmpty) return [];
  return Array.from({ length: entries.lastIndex - entries.firstIndex + 1 }, (_, each) => {
    const index = at(entries.firstIndex + each);
    const position = entries.positionOf(index);
    return `${index}@${position === undefined ? "-" : Math.floor(position / 2 ** 28)}`;
  });
}

describe("entries", () => {
  test("cut what conflicts with them", () => {
    expect(entriesOf(imageOf(admitted, run("entries", 1, 5), run("entries", 3, 4)))).toEqual([
      "1@2",
      "2@2",
      "3@3",
      "4@3",
    ]);
  });

  test("stand where their boundaries say", () => {
    const { entries } = imageOf(admitted, run("entries", 1, 3)).lives.get(L) ?? {};
    expect(entries?.positionOf(at(3))).toBe(toPosition(2, 1_000 + 120));
    expect(entries?.sizeOf(at(3))).toBe(10);
  });

  test("that are copied move, and cut nothing", () => {
    const image = imageOf(admitted, run("entries", 1, 4), run("entries-copy", 2, 3));
    expect(entriesOf(image)).toEqual(["1@2", "2@3", "3@3", "4@2"]);
  });

  test("that are copied fill the hole that a freed segment left", () => {
    const image = imageOf(run("entries", 4, 5), copied(0), run("entries-copy", 1, 3));
    expect(entriesOf(image)).toEqual(["1@3", "2@3", "3@3", "4@1", "5@1"]);
    expect(image.whatIsMissing()).toBeUndefined();
  });

  test("end with a truncation and an install", () => {
    const cut = imageOf(admitted, run("entries", 1, 5), truncated(3));
    expect(entriesOf(cut)).toEqual(["4@2", "5@2"]);
    const image = imageOf(admitted, run("entries", 1, 30), installed);
    expect(entriesOf(image)).toEqual([]);
    expect(image.live.in(2)).toBe(0);
    expect(image.lives.get(L)).toMatchObject({ generation: 4, truncatedIndex: 20 });
  });
});

test("the last index is that of the truncation where there are no entries", () => {
  const life = imageOf(admitted, installed).lives.get(L);
  expect(life && lastIndexOf(life)).toBe(20);
});

describe("a hard state", () => {
  type Numbers = Parameters<typeof state>;
  test.each<readonly [string, Numbers, Numbers, Numbers]>([
    ["of a later term replaces the vote", [3, 1, 5], [4, 0, 5], [4, 0, 5]],
    ["of an earlier term changes nothing", [3, 1, 5], [2, 2, 4], [3, 1, 5]],
    ["never takes a vote back", [3, 1, 5], [3, 0, 5], [3, 1, 5]],
    ["adds a vote within its term", [3, 0, 5], [3, 2, 5], [3, 2, 5]],
    ["never lowers the commit index", [3, 1, 5], [4, 2, 3], [4, 2, 5]],
  ])("%s", (_, first, second, expected) => {
    const image = imageOf(admitted, hardState(...first), hardState(...second));
    expect(image.lives.get(L)?.hardState).toEqual(state(...expected));
  });

  test("of an install is joined with the one before", () => {
    const image = imageOf(admitted, hardState(7, 3, 0), installed);
    expect(image.lives.get(L)?.hardState).toEqual(state(7, 3, 20));
  });
});

describe("a life", () => {
  test("pins its first segment, whatever follows, until it is copied", () => {
    const image = imageOf(admitted, hardState(1, 1, 0), truncated(0), installed);
    expect(image.live.lowestSegment()).toBe(1);
    image.fold(copied(20), toPosition(9, 0));
    expect(image.live.lowestSegment()).toBe(9);
  });

  test("ends with all it had", () => {
    const image = imageOf(admitted, run("entries", 1, 5), ended(tombstone(3, [])));
    expect(image.lives.size).toBe(0);
    expect(image.live.lowestSegment()).toBe(3);
    expect(image.highestLife).toBe(L);
  });

  test.each([
    ["its admission", [run("entries", 1, 2)]],
    ["entries after 0", [copied(0), run("entries", 2, 3)]],
    ["entries after 3", [copied(3), run("entries", 4, 5), run("entries-copy", 8, 9)]],
  ] as const)("whose replay lacks %s is reported", (_, records) => {
    expect(imageOf(...records).whatIsMissing()).toMatch(/of life 7/);
  });
});

describe("a tombstone", () => {
  test("is joined with the one before", () => {
    const image = imageOf(
      ended(tombstone(3, [1], 5), undefined),
      ended(tombstone(4, [2], 4), undefined),
    );
    expect(image.tombstones.get(identity.regionId)?.tombstone).toEqual(tombstone(4, [1, 2], 5));
  });

  test("keeps the segment of the one before while it does not imply it", () => {
    const image = imageOf(ended(tombstone(3, [1]), undefined), ended(tombstone(4, [2]), undefined));
    expect(image.live.lowestSegment()).toBe(1);
    image.fold(ended(tombstone(4, [1, 2]), undefined), toPosition(3, 0));
    expect(image.live.lowestSegment()).toBe(3);
  });
});

describe("a split", () => {
  const child = (regionId: number) => ({
    region: {
      id: regionId as RegionId,
      range: { start: "" as never, end: "" as never },
      epoch: { version: 1, confVer: 1 },
      peers: [],
    },
    peerId: 1 as PeerId,
  });
  const owed = (...regions: readonly number[]): ScannedRecord => ({
    kind: "split",
    parentLife: L,
    index: at(9),
    children: regions.map(child),
  });
  const done = (regionId: number): ScannedRecord => ({
    kind: "split-done",
    parentLife: L,
    index: at(9),
    childRegionId: regionId as RegionId,
  });
  const pending = (image: LogImage) =>
    [...image.splits.values()].flatMap((split) => split.pending.map(({ region }) => region.id));

  test("is owed until each child is done", () => {
    const image = imageOf(admitted, owed(1, 2), done(1));
    expect(pending(image)).toEqual([2]);
    expect(image.owesChildren(L)).toBe(true);
    image.fold(done(2), toPosition(4, 0));
    expect(image.owesChildren(L)).toBe(false);
    expect(image.live.in(2)).toBe(0);
  });

  test("that is repeated owes what is repeated", () => {
    const image = imageOf(admitted, owed(1, 2), done(1), owed(2));
    expect(pending(image)).toEqual([2]);
    expect(image.live.in(2)).toBe(0);
  });

  test("ends with the parent", () => {
    const image = imageOf(admitted, owed(1, 2), ended(tombstone(3, [])));
    expect(image.splits.size).toBe(0);
    expect(image.live.lowestSegment()).toBe(3);
  });

  test("whose child is done twice, or of which nothing is known, is none", () => {
    expect(pending(imageOf(admitted, done(1)))).toEqual([]);
  });
});

test("identity and reserved lives are pinned where they were last said", () => {
  const store: ScannedRecord = { kind: "store-identity", clusterId: "c", storeId: 1 as StoreId };
  const block = (below: number): ScannedRecord => ({ kind: "life-block", below: below as Life });
  const image = imageOf(store, block(100), block(50), store, block(100));
  expect(image.livesBelow).toBe(100);
  expect(image.live.lowestSegment()).toBe(4);
});
