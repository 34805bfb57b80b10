import { expect, test } from "vitest";
import { oneRegion } from "./move-round.ts";
import type { Moved } from "./moved-region.ts";

const MOVED: Moved = {
  regions: 1,
  streamBytes: 72e6,
  stageMs: { copy: 2, stream: 400, sync: 90, install: 8 },
  installedSeconds: 1,
  endedSeconds: 4,
  cpuSeconds: 0.5,
};

test("a region's rate is by the wall's clock, whatever its stages took", () => {
  const { figures } = oneRegion(MOVED, 64e6, "lmdb");
  expect(figures["rate"]).toBeCloseTo(64);
  expect(figures["stages"]).toBeCloseTo(128);
  expect(figures["stream"]).toBeCloseTo(160);
  expect(figures["travelled"]).toBeCloseTo(1.125);
});

test("a stage that an engine does not have has no rate, however few microseconds it took", () => {
  const stageMs = { copy: 0.004, stream: 500, sync: 0, install: 2 };
  const { figures } = oneRegion({ ...MOVED, stageMs }, 64e6, "memory");
  expect(Object.keys(figures)).toEqual(["rate", "stages", "stream", "install", "travelled"]);
});

test("two regions are not taken for one", () => {
  expect(() => oneRegion({ ...MOVED, regions: 2 }, 64e6, "lmdb")).toThrow(/2 regions/);
});
