import type { Route } from "@multiraft/pd/protocol";
import { describe, expect, test } from "vitest";
import type { RecoveredLog } from "../../log/log-mail.ts";
import { World } from "../world.ts";
import { EVENTS, PLACES, RACE_WORLD, type Race, type RaceEvent, runRace } from "./founding-race.ts";
import { lateMail, livesOnDisk, placeAgain, R1, untilEqual } from "./script.ts";

const ORDERS = permutations(EVENTS);

describe.each(PLACES)("a snapshot for the child waits in the %s", (place) => {
  test.each(ORDERS.map((order) => [order.join(", "), order] as const))("%s", (_, order) => {
    expectRecovery({ place, order });
  });
});

/** All cuts of the order that TiKV saw, one of each other (all 72 take half a minute, and pass). */
const CUTS = ORDERS.flatMap((order, n) =>
  (n === 0 ? [0, 1, 2, 3] : [n % 4]).map((cut) => [cut, order.join(", "), order] as const),
);

describe.each(PLACES)("power is cut while a snapshot waits in the %s", (place) => {
  test.each(CUTS)("before event %i of: %s", (powerCutBefore, _, order) => {
    expectRecovery({ place, order, powerCutBefore });
  });
});

describe("what is late is dropped for a reason of its own", () => {
  const order = ["split applied", "removed", "snapshot handled"] as const;

  test("an offer that was queued when its address closed", () => {
    const world = new World(RACE_WORLD);
    runRace(world, { place: "mailbox", order });
    expect(lateMail(world, ["snapshot-offer"])).toEqual(["tombstone"]);
    world.finish();
  });

  test("a piece that was on its way to a life that is gone", () => {
    const world = new World(RACE_WORLD);
    runRace(world, { place: "chunk stream", order });
    expect(lateMail(world, ["snapshot-chunk"])).toEqual(["vacant"]);
    world.finish();
  });

  test("an install record that reaches the log after the tombstone of its life", () => {
    const world = new World(RACE_WORLD);
    const { child } = runRace(world, { place: "install", order });
    const recovered = world.answer(world.store(3).log, { kind: "recover" }) as RecoveredLog;
    expect(recovered.lives.some(({ regionId }) => regionId === child)).toBe(false);
    expect(livesOnDisk(world, child, 3)).toEqual([]);
    world.finish();
  });
});

function expectRecovery(race: Race): void {
  const world = new World(RACE_WORLD);
  const { child, removedPeerId } = runRace(world, race);
  expect(world.system.thrown).toEqual([]);
  expect(livesOnDisk(world, child, 3)).toEqual([]);
  expect(world.status(3).pendingSplitChildren).toBe(0);
  const peerId = placeAgain(world, child, 3);
  expect(peerId).toBeGreaterThan(removedPeerId);
  world.put(child, "z", "later");
  untilEqual(world, child, [1, 2, 3]);
  untilEqual(world, R1, [1, 2, 3]);
  expect(world.get(child, "n")).toBe("value of n");
  expect(world.get(R1, "a")).toBe("value of a");
  const route = world.answer(world.pd, { kind: "region-by-id", regionId: child }) as Route;
  expect(route.region.peers.find(({ storeId }) => storeId === 3)?.id).toBe(peerId);
  expect(world.system.thrown).toEqual([]);
  world.finish();
}

function permutations(events: readonly RaceEvent[]): RaceEvent[][] {
  if (events.length === 0) return [[]];
  return events.flatMap((event) =>
    permutations(events.filter((other) => other !== event)).map((rest) => [event, ...rest]),
  );
}
