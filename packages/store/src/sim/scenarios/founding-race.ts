// The race that this project was founded on (TiKV #17469). A store is slow to apply a split; a
// message calls the child into being there first; a snapshot for it waits; the split is applied
// late; the child is removed at once; the snapshot is handled last, or in any other order, with a
// power cut anywhere.
import type { PeerId, RegionId } from "@multiraft/pd/protocol";
import { type AnyAddress, assert } from "@multiraft/runtime";
import type { Hold } from "@multiraft/runtime/testing";
import type { World, WorldOptions } from "../world.ts";
import {
  holdAppendsOf,
  holdFor,
  holdMail,
  lead,
  peerOn,
  R1,
  splitFirst,
  untilGone,
} from "./script.ts";

/**
 * Where the snapshot waits: before it is accepted, between its pieces, before its record is
 * durable.
 */
export const PLACES = ["mailbox", "chunk stream", "install"] as const;
export type Place = (typeof PLACES)[number];

export const EVENTS = ["split applied", "removed", "snapshot handled"] as const;
export type RaceEvent = (typeof EVENTS)[number];

export type Race = {
  readonly place: Place;
  readonly order: readonly RaceEvent[];
  /**
   * Store 3 loses its power before the event of this number; the last number is after all of them.
   */
  readonly powerCutBefore?: number;
};

export type RaceOutcome = {
  readonly child: RegionId;
  /** Of the child on store 3. */
  readonly removedPeerId: PeerId;
  /** The snapshot, if the order of events has left it where it waits. */
  readonly snapshot: Waiting;
};

export const RACE_WORLD: WorldOptions = { stores: 3, seed: 17_469 };

/** Runs to where the removed replica is gone; the region can be placed on store 3 again then. */
export function runRace(world: World, race: Race): RaceOutcome {
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  for (const key of ["a", "n"]) world.put(R1, key, `value of ${key}`);

  const slowAppends = holdMail(world, { to: 3, regionId: R1, kinds: ["MsgApp"] });
  const offers = holdMail(world, { to: 3, kinds: ["snapshot-offer"] });
  const child = splitFirst(world, "m");
  const first = untilCreated(world, child);
  const snapshot = holdSnapshot(world, race.place, first, offers);
  const removedPeerId = peerOn(world, child, 1, 3).id;

  const happen: Record<RaceEvent, () => void> = {
    "split applied": () => slowAppends.release(),
    removed: () => world.order(child, { kind: "remove-peer", peerId: removedPeerId }),
    "snapshot handled": () => snapshot.release(),
  };
  race.order.forEach((event, number) => {
    if (race.powerCutBefore === number) cutPower(world);
    happen[event]();
    // Long enough for the leader's reminder to a removed peer.
    world.ticks(15);
  });
  if (race.powerCutBefore === race.order.length) cutPower(world);
  untilGone(world, child, 3, removedPeerId);
  return { child, removedPeerId, snapshot };
}

function untilCreated(world: World, child: RegionId): AnyAddress {
  let address: AnyAddress | undefined;
  world.until("a message has made the child on store 3", () => {
    address = world.lifeOn(3, child)?.address;
    return address !== undefined;
  });
  assert(address !== undefined, "the child has no actor");
  assert(world.lifeOn(3, child)?.region === undefined, "the child has its data too early");
  return address;
}

/** The snapshot goes up to `place` and waits there. */
function holdSnapshot(world: World, place: Place, first: AnyAddress, offers: Hold): Waiting {
  world.until("the leader has offered a snapshot", () => offers.held.length > 0);
  if (place === "mailbox") {
    world.system.holdMail(first, ["snapshot-offer"]);
    offers.release();
    world.settle();
    return { release: () => world.system.releaseMail(first) };
  }
  const isChunk = place === "chunk stream";
  const hold = isChunk ? holdFor(world, first, ["snapshot-chunk"]) : holdAppendsOf(world, first);
  offers.release();
  world.until(`the snapshot waits in the ${place}`, () => hold.held.length > 0);
  return hold;
}

export type Waiting = { release(): void };

function cutPower(world: World): void {
  world.crashStore(3);
  world.restartStore(3);
}
