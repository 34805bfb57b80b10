// Work on a parent's tablet that was asked for starts late, when a further split has come in between: what
// was right when it was asked for would cost the children their data.

import type { RegionId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { World } from "../world.ts";
import { holdAppendsOf, lead, R1, splitAt, splitFirst } from "./script.ts";

/** One store: nobody else has what is lost here. */
function oneStore(seed: number): World {
  const world = new World({ stores: 1, seed });
  world.bootstrap([1]);
  lead(world, R1, 1);
  for (const key of ["a", "n", "x"]) world.put(R1, key, `value of ${key}`);
  world.ticks(20);
  return world;
}

function holdWork(world: World, name: string) {
  return world.system.hold((one) => one.kind === "perform-start" && one.name === name);
}

/** The region that has the keys from `start` on. */
function regionFrom(world: World, start: string): RegionId | undefined {
  return world.status(1).lives.find(({ region }) => region?.range.start === start)?.regionId;
}

test("a commit that starts after a split was applied leaves the split to the log until its record is durable", () => {
  const world = oneStore(1);
  const commit = holdWork(world, "commit tablet");
  world.put(R1, "b", "makes it commit");
  world.until("the commit waits", () => commit.held.length > 0);
  const record = holdAppendsOf(world, world.store(1).registry);
  splitAt(world, R1, "m");
  world.until("the record waits", () => record.held.length > 0);
  commit.release();
  world.ticks(2);
  world.crashStore(1);
  record.drop();
  record.release();
  world.restartStore(1);
  world.ticks(100);
  const child = regionFrom(world, "m");
  expect(child).toBeDefined();
  expect(world.get(child ?? R1, "n")).toBe("value of n");
  world.finish();
});

test("a trim that starts after a further split was applied leaves the data of that one's child", () => {
  const world = oneStore(2);
  const trim = holdWork(world, "trim tablet");
  splitFirst(world, "w");
  world.until("the trim waits", () => trim.held.length > 0);
  const record = holdAppendsOf(world, world.store(1).registry);
  splitAt(world, R1, "m");
  world.until("the record waits", () => record.held.length > 0);
  trim.release();
  world.ticks(2);
  record.release();
  world.ticks(100);
  const child = regionFrom(world, "m");
  expect(child).toBeDefined();
  expect(world.get(child ?? R1, "n")).toBe("value of n");
  world.until("it is trimmed", () => world.tablets().every(({ meta }) => !meta.isUntrimmed));
  world.finish();
});
