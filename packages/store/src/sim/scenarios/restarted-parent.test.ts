import { toRegionId } from "@multiraft/pd/protocol";
import { type Address, defineActor } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { PeerMail } from "../../peer/peer-mail.ts";
import { World } from "../world.ts";
import { lead, R1, splitFirst, untilEqual } from "./script.ts";

/** Tablets commit late: what was applied in the last seconds is in the log alone. */
const LAZY = { flushMs: 5_000, flushBytes: 1 << 30 };
const FOLLOWER = 2;

function worldWithData(): World {
  const world = new World({ stores: 3, seed: 11, tuning: LAZY });
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  for (const key of ["a", "m", "n", "z"]) world.put(R1, key, `value of ${key}`);
  return world;
}

test("a child whose parent lost its power gets the data of the split, not older ones", () => {
  const world = worldWithData();
  const { host } = world.store(FOLLOWER);
  // The child's data never become a tablet before the power goes.
  const hold = world.system.hold(
    (pending) => pending.kind === "perform-start" && pending.host === host,
  );
  const child = splitFirst(world, "m");
  world.until("the split is recorded", () => world.status(FOLLOWER).pendingSplitChildren === 1);
  world.crashStore(FOLLOWER);
  hold.release();
  world.restartStore(FOLLOWER);
  untilEqual(world, child, [1, 2, 3]);
  untilEqual(world, R1, [1, 2, 3]);
  expect(world.status(FOLLOWER).pendingSplitChildren).toBe(0);
  expect(world.system.thrown).toEqual([]);
  world.finish();
});

test("a parent that has not applied the split refuses to be copied", () => {
  const world = worldWithData();
  const heard: PeerMail[] = [];
  const probe = defineActor<PeerMail, null>({
    url: import.meta.url,
    name: "probe",
    create: () => ({ receive: (mail) => void heard.push(mail) }),
  });
  const child: Address<PeerMail> = world.system.spawn(world.store(FOLLOWER).host, probe, null);
  const parent = world.lifeOn(FOLLOWER, R1);
  const region = world.regionOn(FOLLOWER, R1);
  if (parent?.address === undefined || region === undefined) throw new Error("no parent");
  const epoch = { ...region.epoch, version: region.epoch.version + 1 };
  const later = { ...region, id: toRegionId(999), epoch };
  world.system.tell(parent.address, { kind: "copy-request", child, region: later, transfer: 7 });
  world.settle();
  expect(heard).toEqual([{ kind: "copy-refused", transfer: 7, reason: "split not applied" }]);
});
