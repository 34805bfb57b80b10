// A thread of a store dies while the store's registry is on another and goes on for a while, as it does when
// several stores wait to be opened again, one after the other.
import { type RegionId, toRegionId, toStoreId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { placeOf } from "../../transport/placement.ts";
import { World } from "../world.ts";
import { lead, R1 } from "./script.ts";

const THREADS = 3;
/** The first split's, whose id the driver gives. */
const CHILD = toRegionId(302);

function withData(): World {
  const world = new World({ stores: 1, seed: 1, threads: THREADS });
  world.bootstrap([1]);
  lead(world, R1, 1);
  for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);
  return world;
}

/** That of the child, which is neither the parent's nor the registry's. */
function killThreadOf(world: World, childId: number): void {
  const place = placeOf(childId as RegionId, toStoreId(1), THREADS);
  assert(place === 0, "the child is not where it was to be");
  world.system.killThread(world.store(1).threads[place] ?? "");
}

function thrownIn(world: World): string[] {
  return world.system.thrown.map(({ error }) => (error as Error).message);
}

function expectUpOnceOpenedAgain(world: World, childId: RegionId): void {
  world.crashStore(1);
  world.restartStore(1);
  world.until("the child is up", () => world.status(1).pendingSplitChildren === 0);
  expect(world.get(childId, "n")).toBe("value of n");
}

test("a child whose thread dies is owed its data until its store is opened again", () => {
  const world = withData();
  const hold = world.system.hold(
    (pending) => pending.kind === "perform-start" && pending.name === "finish tablet",
  );
  expect(world.split(R1, "m").kind).toBe("written");
  world.until("the split is recorded", () => world.status(1).pendingSplitChildren === 1);
  expect(world.lifeOn(1, CHILD)?.state).toBe("running");
  killThreadOf(world, CHILD);
  hold.release();
  world.ticks(20);
  const thrown = thrownIn(world);
  expectUpOnceOpenedAgain(world, CHILD);
  expect(thrown).toEqual([`region ${CHILD}: the thread of the actor has died`]);
  world.finish();
});

test("so is one that gets no actor because its thread has died", () => {
  const world = withData();
  killThreadOf(world, CHILD);
  expect(world.split(R1, "m").kind).toBe("written");
  world.ticks(20);
  const thrown = thrownIn(world);
  expectUpOnceOpenedAgain(world, CHILD);
  expect(thrown).toEqual([`region ${CHILD}: the thread of the actor has died`]);
  world.finish();
});
