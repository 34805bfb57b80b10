import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/seeded-random.ts";
import { SortedChunks } from "./sorted-chunks.ts";

const keyOf = (n: number): string => String.fromCharCode(n >> 8, n & 255);

describe("sorted chunks", () => {
  test.each([1, 2, 3])("agree with a sorted array over random changes, seed %i", (seed) => {
    const below = seededRandom(seed);
    const chunks = new SortedChunks<number>();
    const model = new Map<string, number>();
    for (let change = 0; change < 6_000; change += 1) {
      const key = keyOf(below(4_000));
      if (model.has(key) && below(3) === 0) {
        chunks.delete(key);
        model.delete(key);
      } else {
        chunks.set(key, change);
        model.set(key, change);
      }
    }
    const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(chunks.size).toBe(model.size);
    for (let look = 0; look < 500; look += 1) {
      const key = keyOf(below(4_100));
      expect(chunks.floor(key)).toBe(sorted.findLast(([at]) => at <= key)?.[1]);
      expect(chunks.lower(key)).toBe(sorted.findLast(([at]) => at < key)?.[1]);
      expect(chunks.from(key).next().value).toBe(sorted.find(([at]) => at >= key)?.[1]);
    }
    expect([...chunks.from("")]).toEqual(sorted.map(([, value]) => value));
  });

  test("an absent key cannot be deleted", () => {
    expect(() => new SortedChunks().delete("a")).toThrow("not there");
  });
});
