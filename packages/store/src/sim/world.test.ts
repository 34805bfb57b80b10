import { toRegionId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { World } from "./world.ts";

const R1 = toRegionId(1);

test("three stores elect a leader, replicate and read back", () => {
  const world = new World({ stores: 3, seed: 1 });
  world.bootstrap([1, 2, 3]);
  world.put(R1, "a", "1");
  world.put(R1, "b", "2");
  expect(world.get(R1, "a")).toBe("1");
  expect(world.get(R1, "b")).toBe("2");
  expect(world.get(R1, "c")).toBeUndefined();
});

test("a split makes a child on every store with its data, and the parent is trimmed", () => {
  const world = new World({ stores: 3, seed: 2 });
  world.bootstrap([1, 2, 3]);
  for (const key of ["a", "b", "m", "n", "z"]) world.put(R1, key, `value of ${key}`);
  expect(world.split(R1, "m").kind).toBe("written");
  world.until("children everywhere", () =>
    [1, 2, 3].every((id) => world.status(id).lives.filter(({ region }) => region).length === 2),
  );
  const child = world.status(1).lives.find(({ regionId }) => regionId !== R1);
  const childId = child?.regionId ?? R1;
  expect(world.get(childId, "n")).toBe("value of n");
  expect(world.get(R1, "a")).toBe("value of a");
  expect(world.status(1).pendingSplitChildren).toBe(0);
});

test("a store that lost its power comes back with everything that was acknowledged", () => {
  const world = new World({ stores: 3, seed: 3 });
  world.bootstrap([1, 2, 3]);
  for (let i = 0; i < 20; i += 1) world.put(R1, `k${i}`, `${i}`);
  for (const id of [1, 2, 3]) world.crashStore(id);
  for (const id of [1, 2, 3]) world.restartStore(id);
  for (let i = 0; i < 20; i += 1) expect(world.get(R1, `k${i}`)).toBe(`${i}`);
});
