// A replica reports its region, and the report waits on its way. The replica fails until it is
// isolated, is removed, and a later one takes its place; then the report comes. (Mail and the news
// of an actor's end travel on different lanes: only the life in the intent says that it is late.)
import { assert, sameAddress } from "@multiraft/runtime";
import type { ScriptedDisk } from "../scripted-disk.ts";
import type { World } from "../world.ts";
import { lead, peerOn, placeAgain, R1, splitFirst, untilGone } from "./script.ts";

/** @param disk Of store 3. */
export function runForeignIntent(world: World, disk: ScriptedDisk): void {
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  const first = world.lifeOn(3, R1)?.address;
  assert(first !== undefined, "no replica on store 3");
  const reports = world.system.hold(
    (pending) =>
      pending.kind === "mail" &&
      pending.message.kind === "region-changed" &&
      pending.from !== undefined &&
      sameAddress(pending.from, first),
  );
  splitFirst(world, "m");
  world.until("the replica on store 3 has reported", () => reports.held.length > 0);
  world.until("its child is up", () => world.status(3).pendingSplitChildren === 0);

  disk.failingPrefix = `/tablets/${R1}_`;
  world.put(R1, "b", "makes it commit");
  world.until("it is isolated", () => world.status(3).damaged.length > 0);
  disk.failingPrefix = undefined;
  const { id: peerId } = peerOn(world, R1, 1, 3);
  world.order(R1, { kind: "remove-peer", peerId });
  untilGone(world, R1, 3, peerId);
  placeAgain(world, R1, 3);
  reports.release();
  world.ticks(10);
}
