import { toPeerId, toRegionId } from "@multiraft/pd/protocol";
import { describe, expect, test } from "vitest";
import type { Tombstone } from "../log/record.ts";
import { admission } from "./admission.ts";
import { implies, mergeTombstones, refusedBy } from "./tombstone.ts";

const REGION = toRegionId(1);

const epoch = (confVer: number, version = 1) => ({ confVer, version });
const peer = (id: number, confVer: number, version = 1) => ({
  regionId: REGION,
  peerId: toPeerId(id),
  epoch: epoch(confVer, version),
});
const tombstone = (id: number, confVer: number, removed: readonly number[] = []): Tombstone => ({
  regionId: REGION,
  peerId: toPeerId(id),
  epoch: epoch(confVer),
  removedPeerIds: removed.map(toPeerId),
});

describe("who may come into being", () => {
  test.each([
    ["nobody was here", peer(5, 1), undefined, undefined, "admit"],
    ["it is here", peer(5, 1), peer(5, 3), undefined, "deliver"],
    ["it is here, whatever the tombstone", peer(5, 1), peer(5, 3), tombstone(5, 9), "deliver"],
    ["a later one is here", peer(4, 9), peer(5, 1), undefined, "peer-is-older"],
    ["an older one is here", peer(6, 3), peer(5, 3), undefined, "supersede"],
    ["whoever calls it knows less", peer(6, 2), peer(5, 3), undefined, "epoch-behind-incumbent"],
    ["it ended", peer(5, 9), undefined, tombstone(5, 1), "peer-id-ended"],
    ["a later one ended", peer(5, 9), undefined, tombstone(6, 1), "peer-id-ended"],
    ["it was removed", peer(5, 9), undefined, tombstone(3, 1, [5]), "peer-was-removed"],
    ["a later one was removed", peer(5, 9), undefined, tombstone(3, 1, [4, 6]), "peer-was-removed"],
    ["above all ids, old epoch", peer(7, 1), undefined, tombstone(6, 2), "epoch-behind-tombstone"],
    ["above all ids, same epoch", peer(7, 2), undefined, tombstone(6, 2), "admit"],
    [
      "removed while an older one is here",
      peer(6, 4),
      peer(5, 3),
      tombstone(4, 1, [6]),
      "peer-was-removed",
    ],
  ] as const)("%s", (_, candidate, incumbent, buried, expected) => {
    const verdict = admission(candidate, incumbent, buried);
    expect(verdict.kind === "refuse" ? verdict.reason : verdict.kind).toBe(expected);
  });

  test("a newer epoch alone never brings an id back", () => {
    for (let confVer = 1; confVer < 50; confVer += 1)
      expect(refusedBy(tombstone(5, 3), toPeerId(5), epoch(confVer, confVer))).toBe(
        "peer-id-ended",
      );
  });
});

describe("a tombstone is only ever replaced by one that implies it", () => {
  const known = [
    tombstone(5, 3),
    tombstone(7, 1, [2]),
    tombstone(4, 9, [5, 6]),
    { ...tombstone(6, 1), epoch: epoch(1, 8) },
  ];
  const pairs = known.flatMap((a) => known.map((b) => [a, b] as const));

  test.each(pairs)("%o and %o", (older, newer) => {
    const merged = mergeTombstones(older, newer);
    expect(implies(merged, older)).toBe(true);
    expect(implies(merged, newer)).toBe(true);
    // Whoever was refused by one of them is refused now.
    for (let id = 1; id < 9; id += 1)
      for (let confVer = 1; confVer < 10; confVer += 1) {
        const before = [older, newer].some((one) =>
          refusedBy(one, toPeerId(id), epoch(confVer, 9)),
        );
        const now = refusedBy(merged, toPeerId(id), epoch(confVer, 9)) !== undefined;
        expect(now || !before).toBe(true);
      }
  });

  test("the record of a replica that never had data keeps the floor of the one before", () => {
    const before = { ...tombstone(9, 6, [3]), epoch: epoch(6, 4) };
    const uninitialized = { ...tombstone(11, 0), epoch: epoch(0, 0) };
    expect(mergeTombstones(before, uninitialized)).toEqual({
      ...before,
      peerId: toPeerId(11),
    });
  });
});
