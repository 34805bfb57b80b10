import {
  type Key,
  keyFromText,
  type Region,
  toPeerId,
  toRegionId,
  toStoreId,
} from "@multiraft/pd/protocol";
import { Sfc32 } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import { CachedRoute, RouteCache } from "./route-cache.ts";

const key = (text: string): Key => (text === "" ? ("" as Key) : keyFromText(text));

function region(id: number, start: string, end: string, version: number, confVer = 1): Region {
  const peers = [1, 2, 3].map((store) => ({
    id: toPeerId(id * 10 + store),
    storeId: toStoreId(store),
    role: "voter" as const,
  }));
  const range = { start: key(start), end: key(end) };
  return { id: toRegionId(id), range, epoch: { version, confVer }, peers };
}

function cacheOf(...regions: Region[]): RouteCache {
  const cache = new RouteCache();
  for (const one of regions) cache.put(one, undefined);
  return cache;
}

describe("a cache of routes", () => {
  test.each([
    ["", 1],
    ["a", 1],
    ["g", 2],
    ["o", 2],
    ["p", undefined],
    ["x", 3],
    ["zz", 3],
  ])("finds the region of %j", (wanted, id) => {
    const cache = cacheOf(region(3, "x", "", 1), region(1, "", "g", 1), region(2, "g", "p", 1));
    expect(cache.find(key(wanted))?.region.id).toBe(id);
  });

  test("a newer parent and its child take the place of the older parent", () => {
    const cache = cacheOf(region(1, "", "", 1), region(1, "", "m", 2), region(2, "m", "", 2));
    expect(cache.find(key("a"))?.region.epoch.version).toBe(2);
    expect(cache.find(key("z"))?.region.id).toBe(2);
    expect(cache.size).toBe(2);
  });

  test.each([
    ["a parent from before its split", region(1, "", "", 1)],
    ["the same region with an older membership", region(2, "m", "", 2, 4)],
  ])("%s changes nothing", (_, late) => {
    const cache = cacheOf(region(1, "", "m", 2), region(2, "m", "", 2, 5));
    expect(cache.put(late, undefined)).toBe(false);
    expect(cache.find(key("z"))?.region).toEqual(region(2, "m", "", 2, 5));
    expect(cache.size).toBe(2);
  });

  test("what is known already stays, with the leader that was found for it", () => {
    const cache = cacheOf(region(1, "", "", 1));
    const { peers } = region(1, "", "", 1);
    const [, second] = peers;
    if (second === undefined) throw new Error("no second peer");
    cache.find(key("a"))?.follow(second);
    cache.put(region(1, "", "", 1), undefined);
    expect(cache.find(key("a"))?.storeId).toBe(2);
  });

  test("a route that is dropped leaves the others", () => {
    const cache = cacheOf(region(1, "", "m", 1), region(2, "m", "", 1));
    const first = cache.find(key("a"));
    if (first !== undefined) cache.drop(first);
    expect(cache.find(key("a"))).toBeUndefined();
    expect(cache.find(key("m"))?.region.id).toBe(2);
  });

  test("cached regions never overlap, in whatever order states arrive", () => {
    const random = new Sfc32(5);
    const cuts = ["", "c", "f", "j", "n", "s", "w"];
    for (let round = 0; round < 200; round += 1) {
      const cache = new RouteCache();
      for (let step = 0; step < 12; step += 1) {
        const from = random.below(cuts.length);
        const to = from + 1 + random.below(cuts.length - from);
        const version = 1 + random.below(6);
        cache.put(
          region(1 + random.below(5), cuts[from] ?? "", cuts[to] ?? "", version),
          undefined,
        );
        const found = cuts.map((cut) => cache.find(key(cut))?.region);
        const distinct = new Set(found.filter((one) => one !== undefined));
        expect(distinct.size).toBe(cache.size);
      }
    }
  });
});

describe("a route", () => {
  test("without a leader goes round the peers, and says when all were tried", () => {
    const route = new CachedRoute(region(1, "", "", 1), undefined);
    expect(route.storeId).toBe(1);
    expect([route.rotate(), route.storeId]).toEqual([true, 2]);
    expect([route.rotate(), route.storeId]).toEqual([true, 3]);
    expect(route.rotate()).toBe(false);
  });

  test("does not follow a leader that its region does not have", () => {
    const route = new CachedRoute(region(1, "", "", 1), toPeerId(12));
    expect(route.storeId).toBe(2);
    const stranger = { id: toPeerId(99), storeId: toStoreId(9), role: "voter" as const };
    expect(route.follow(stranger)).toBe(false);
    expect(route.storeId).toBe(1);
  });
});
