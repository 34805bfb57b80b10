import { describe, expect, test } from "vitest";
import { type ReportOptions, report } from "../../test/fixtures.ts";
import { seededRandom } from "../../test/seeded-random.ts";
import {
  keyFromText,
  type RegionHeartbeat,
  rangesOverlap,
  toRegionId,
  toStoreId,
} from "../protocol/index.ts";
import { RegionTree } from "./region-tree.ts";

function treeOf(...reports: readonly ReportOptions[]): RegionTree {
  const tree = new RegionTree();
  for (const one of reports) expect(tree.report(report(one)).kind).toBe("accepted");
  return tree;
}

const KNOWN: ReportOptions = { id: 1, range: ["b", "d"], version: 5, confVer: 3, term: 7 };

describe("a report", () => {
  test.each<[string, ReportOptions, string]>([
    ["the same again", {}, "accepted"],
    ["a newer term", { term: 8 }, "accepted"],
    ["an older term", { term: 6 }, "stale-term"],
    ["an older term with a newer epoch", { term: 6, confVer: 4 }, "stale-term"],
    ["a newer membership", { confVer: 4 }, "accepted"],
    ["an older membership", { confVer: 2 }, "stale-epoch"],
    ["an older membership of a newer term", { confVer: 2, term: 9 }, "stale-epoch"],
    ["a newer version, an older membership", { version: 6, confVer: 2 }, "stale-epoch"],
    ["an older version", { version: 4 }, "stale-epoch"],
    ["an older version of a newer term", { version: 4, term: 9 }, "stale-epoch"],
    ["another region, over it, newer", { id: 2, version: 6 }, "accepted"],
    ["another region, over it, as new", { id: 2, version: 5 }, "accepted"],
    ["another region, over it, older", { id: 2, version: 4 }, "stale-range"],
    ["another region, older, touching it", { id: 2, version: 1, range: ["d", "f"] }, "accepted"],
    [
      "another region, older, at its last key",
      { id: 2, version: 1, range: ["c", ""] },
      "stale-range",
    ],
    ["another region, older, around it", { id: 2, version: 4, range: ["", ""] }, "stale-range"],
    ["another region, with an older membership", { id: 2, confVer: 1, term: 1 }, "accepted"],
  ])("%s", (_, changes, expected) => {
    const tree = treeOf(KNOWN);
    const result = tree.report(report({ ...KNOWN, ...changes }));
    expect(result.kind === "rejected" ? result.reason : result.kind).toBe(expected);
    if (result.kind === "rejected")
      expect(tree.byId(toRegionId(1))?.region).toEqual(report(KNOWN).region);
  });

  test("of a merged region removes what it took in, and names it", () => {
    const tree = treeOf(
      { id: 1, range: ["", "b"] },
      { id: 2, range: ["b", "c"] },
      { id: 3, range: ["c", ""] },
    );
    const result = tree.report(report({ id: 2, range: ["", "c"], version: 2 }));
    expect(result.kind === "accepted" && result.goneIds).toEqual([1]);
    expect(tree.byKey(keyFromText("a"))?.region.id).toBe(2);
    expect(tree.gaps).toBe(0);
  });

  test("of one half of a split leaves a gap, which the other half closes", () => {
    const tree = treeOf({ id: 1, range: ["", ""] }, { id: 1, range: ["", "m"], version: 2 });
    expect(tree.byKey(keyFromText("z"))).toBeUndefined();
    expect(tree.gaps).toBe(1);
    tree.report(report({ id: 2, range: ["m", ""], version: 2 }));
    expect(tree.gaps).toBe(0);
  });

  test("without a size keeps the size that was counted before", () => {
    const tree = treeOf({ sizeBytes: 5_000 });
    tree.report({ ...report(), approximateSizeBytes: 0, approximateKeys: 0 });
    expect(tree.byId(toRegionId(1))?.sizeBytes).toBe(5_000);
    tree.report({ ...report(), approximateSizeBytes: 0, approximateKeys: 1 });
    expect(tree.byId(toRegionId(1))?.sizeBytes).toBe(0);
  });

  test.each<[string, ReportOptions, boolean]>([
    ["nothing", {}, false],
    ["only the term", { term: 9 }, false],
    ["the leader", { leader: 2 }, true],
    ["the membership", { confVer: 9 }, true],
    ["a pending peer", { peers: "1 2 3?" }, true],
    ["a down peer", { peers: "1 2 3!" }, true],
  ])("tells that %s changed", (_, changes, isChanged) => {
    const result = treeOf({}).report(report(changes));
    expect(result.kind === "accepted" && result.isChanged).toBe(isChanged);
  });
});

test("counts of a store follow its replicas, leaders and snapshots", () => {
  const tree = treeOf(
    { id: 1, range: ["", "m"], peers: "1 2 3l?" },
    { id: 2, range: ["m", ""], peers: "1 2? 3", leader: 3 },
  );
  const counts = { peers: 2, leaders: 1, pendingPeers: 0, receiving: 0, sending: 1 };
  expect(tree.countsOf(toStoreId(1))).toEqual(counts);
  expect(tree.countsOf(toStoreId(2))).toMatchObject({ peers: 2, pendingPeers: 1, receiving: 0 });
  expect(tree.countsOf(toStoreId(3))).toMatchObject({ leaders: 1, pendingPeers: 1, receiving: 1 });
  tree.report(report({ id: 2, peers: "2", version: 9 }));
  expect(tree.countsOf(toStoreId(1))).toMatchObject({ peers: 0, leaders: 0, sending: 0 });
});

test("a scan begins with the region that holds the key and stops at its limit", () => {
  const tree = treeOf(
    { id: 1, range: ["", "b"] },
    { id: 2, range: ["b", "d"] },
    { id: 3, range: ["e", ""] },
  );
  const ids = (key: string, limit: number) =>
    tree.scan(keyFromText(key), limit).map(({ region }) => region.id);
  expect(ids("", 10)).toEqual([1, 2, 3]);
  expect(ids("c", 10)).toEqual([2, 3]);
  expect(ids("d", 10)).toEqual([3]);
  expect(ids("a", 2)).toEqual([1, 2]);
});

/** The rules said once more, over a plain list. */
class NaiveTree {
  reports: RegionHeartbeat[] = [];

  report(next: RegionHeartbeat): boolean {
    const overlapping = this.reports.filter(({ region }) =>
      rangesOverlap(region.range, next.region.range),
    );
    const { version, confVer } = next.region.epoch;
    const before = this.reports.find(({ region }) => region.id === next.region.id);
    if (overlapping.some(({ region }) => region.epoch.version > version)) return false;
    if (before !== undefined && before.term > next.term) return false;
    if (before !== undefined && before.region.epoch.version > version) return false;
    if (before !== undefined && before.region.epoch.confVer > confVer) return false;
    this.reports = this.reports.filter((other) => other !== before && !overlapping.includes(other));
    this.reports.push(next);
    return true;
  }

  get sorted(): RegionHeartbeat[] {
    return this.reports.toSorted((a, b) => (a.region.range.start < b.region.range.start ? -1 : 1));
  }

  get gaps(): number {
    const { sorted } = this;
    const starts = [...sorted.map(({ region }) => region.range.start), keyFromText("")];
    const ends = [keyFromText(""), ...sorted.map(({ region }) => region.range.end)];
    if (sorted.length === 0) return 1;
    return starts.filter((start, at) => start !== ends[at]).length;
  }
}

describe.each([1, 2, 3, 4])("random reports, seed %i", (seed) => {
  test("leave the same regions as in a naive model, and never an overlap", () => {
    const below = seededRandom(seed);
    const tree = new RegionTree();
    const naive = new NaiveTree();
    const keyText = (at: number) => (at === 0 ? "" : at.toString(16).padStart(3, "0"));
    for (let time = 0; time < 4_000; time += 1) {
      const low = below(300);
      const high = low + 1 + below(below(20) === 0 ? 100 : 6);
      const next = report({
        id: 1 + below(200),
        range: [keyText(low), high >= 300 ? "" : keyText(high)],
        version: 1 + below(4) + Math.floor(time / 200),
        confVer: 1 + below(3) + Math.floor(time / 500),
        term: 6 + below(2) + Math.floor(time / 800),
        peers: ["1 2 3", "2 3 4l?", "1 4? 5", "5"][below(4)] ?? "1",
      });
      expect(tree.report(next).kind === "accepted").toBe(naive.report(next));
      expect(tree.gaps).toBe(naive.gaps);
    }
    const found = tree.scan(keyFromText(""), 10_000);
    expect(found.map(({ region }) => region)).toEqual(naive.sorted.map(({ region }) => region));
    expect(found.length).toBe(tree.size);
    for (const [at, { region }] of found.entries())
      for (const other of found.slice(at + 1))
        expect(rangesOverlap(region.range, other.region.range)).toBe(false);
    for (const store of [1, 2, 3, 4, 5]) {
      const holders = found.filter(({ region }) =>
        region.peers.some(({ storeId }) => storeId === store),
      );
      expect(tree.countsOf(toStoreId(store)).peers).toBe(holders.length);
    }
  });
});
