// A snapshot is offered to a child without data and waits; the split brings the data after all, the
// child is split again, and then the offer comes: it stands for an epoch that is over.
import type { World } from "../world.ts";
import { holdMail, lead, R1, splitAt, splitFirst } from "./script.ts";

export function runLateOffer(world: World): void {
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  for (const key of ["a", "n", "x"]) world.put(R1, key, `value of ${key}`);
  const slowAppends = holdMail(world, { to: 3, regionId: R1, kinds: ["MsgApp"] });
  const offers = holdMail(world, { to: 3, kinds: ["snapshot-offer"] });
  const child = splitFirst(world, "m");
  world.until("a snapshot was offered", () => offers.held.length > 0);
  slowAppends.release();
  world.until("the split brings the data", () => world.regionOn(3, child) !== undefined);
  // Another leader: the one that has offered waits for the answer, and sends nothing else
  // meanwhile.
  lead(world, child, world.mustLead(child) === 1 ? 2 : 1);
  const version = world.regionOn(1, child)?.epoch.version ?? 0;
  splitAt(world, child, "t");
  world.until("the child is split again", () => {
    return (world.regionOn(3, child)?.epoch.version ?? 0) > version;
  });
  offers.release();
  world.ticks(10);
}
