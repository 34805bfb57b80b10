import { expect, test } from "vitest";
import { excessive, growthsIn, type MemorySample } from "./memory-record.ts";

const MIB = 2 ** 20;

function samplesOf(count: number, at: (i: number) => Partial<MemorySample>): MemorySample[] {
  const still = {
    rssBytes: 300 * MIB,
    heapBytes: 50 * MIB,
    bufferBytes: 300 * MIB,
    descriptors: 60,
  };
  return Array.from({ length: count }, (_, i) => ({ atSeconds: i, ...still, ...at(i) }));
}

function found(samples: readonly MemorySample[]): readonly string[] {
  return excessive(growthsIn(samples) ?? []);
}

test("what stays as it is, or settles in the first half, is no growth", () => {
  expect(found(samplesOf(20, () => ({})))).toEqual([]);
  const warm = samplesOf(20, (i) => ({ rssBytes: Math.min(i, 9) * 100 * MIB }));
  expect(found(warm)).toEqual([]);
});

test.each<[keyof MemorySample, number]>([
  ["rssBytes", 40 * MIB],
  ["heapBytes", 10 * MIB],
  ["bufferBytes", 65 * MIB],
  ["descriptors", 5],
])("%s that grow with every cycle are found", (measure, each) => {
  const leaking = samplesOf(20, (i) => ({ [measure]: 1_000 * MIB + i * each }));
  expect(found(leaking)).toEqual([expect.stringContaining(`${measure} grew`)]);
});

test("one high sample is no growth, and too few samples say nothing", () => {
  expect(found(samplesOf(21, (i) => (i === 20 ? { heapBytes: 900 * MIB } : {})))).toEqual([]);
  expect(growthsIn(samplesOf(7, () => ({})))).toBeUndefined();
});
