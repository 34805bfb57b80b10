import { toRegionId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { PeerStatus } from "../src/peer/peer-mail.ts";
import { World } from "../src/sim/world.ts";

const R1 = toRegionId(1);

test("the child on the parent's leader's store leads before any election timeout", () => {
  const world = new World({ stores: 3, seed: 11 });
  world.bootstrap([1, 2, 3]);
  for (const key of ["a", "m", "z"]) world.put(R1, key, "value");
  const leader = world.mustLead(R1);
  world.split(R1, "m");
  world.until("a child", () => childOn(world, leader) !== undefined, 5);
  world.until("its leader", () => roleOf(world, leader) === "leader", 5);
  expect(world.tuning.electionTicks).toBeGreaterThanOrEqual(10);
});

function childOn(world: World, id: number) {
  return world.status(id).lives.find(({ regionId, region }) => regionId !== R1 && region);
}

function roleOf(world: World, id: number): string | undefined {
  const address = childOn(world, id)?.address;
  assert(address !== undefined, "no child");
  const status = world.answer(address, { kind: "peer-status" }) as PeerStatus;
  return status.raft?.role;
}
