// Groups at rest: what they cost, what wakes them, and what must not be taken for granted of one that slept.
import { keyFromText, type RegionId } from "@multiraft/pd/protocol";
import type { HandledMail, Hold } from "@multiraft/runtime/testing";
import { describe, expect, test } from "vitest";
import type { RegionMail } from "../../transport/region-mail.ts";
import { TABLETS } from "../cluster/open-store.ts";
import type { WorldOptions } from "../world.ts";
import { R1, Stage } from "./stage.ts";

const TUNING = { hibernateAfterMs: 500 };
const READ = { kind: "get", version: 1, key: keyFromText("a") } as const;
/** A silent store is noticed, and one of the others elected, twice over. */
const FAILOVER_TICKS = 80;

function asleep(options: Partial<WorldOptions> = {}): Stage {
  const stage = new Stage({ tuning: TUNING, ...options });
  stage.region();
  stage.untilAsleep(R1);
  return stage;
}

function sleepers(stage: Stage, regionId: RegionId = R1): number[] {
  return [1, 2, 3].filter((store) => stage.world.replica(store, regionId)?.isAsleep === true);
}

function roleOn(stage: Stage, store: number): string | undefined {
  return stage.world.replica(store, R1)?.raft?.role;
}

function handledIn(stage: Stage, ticks: number): HandledMail[] {
  const handled: HandledMail[] = [];
  let isOver = false;
  stage.world.system.lookOn({ handling: (mail) => void (isOver || handled.push(mail)) });
  for (let tick = 0; tick < ticks; tick += 1) stage.world.system.advance(stage.world.tuning.tickMs);
  isOver = true;
  return handled;
}

describe("a group that sleeps", () => {
  test("handles no mail at all, and its stores beat for it", () => {
    const stage = asleep();
    stage.ticks(2);
    const handled = handledIn(stage, 100);
    expect(handled.filter(({ actor }) => actor === "peerActor")).toEqual([]);
    const pulses = handled.filter(({ message }) => message.kind === "pulse");
    // From each of three stores to both others, as often as a leader would beat.
    expect(pulses).toHaveLength((6 * 100) / stage.world.tuning.heartbeatTicks);
    expect(sleepers(stage)).toEqual([1, 2, 3]);
    stage.end();
  });

  test("costs as many pulses with others as alone, with gates on several threads too", () => {
    const stage = new Stage({ tuning: TUNING, threads: 2 });
    const children = [stage.split(stage.region(), "m")];
    children.push(stage.split(R1, "c"), stage.split(R1, "b"));
    for (const regionId of [R1, ...children]) stage.untilAsleep(regionId);
    stage.ticks(2);
    const handled = handledIn(stage, 20);
    expect(handled.filter(({ actor }) => actor === "peerActor")).toEqual([]);
    const pulses = handled.filter(({ message }) => message.kind === "pulse");
    expect(pulses).toHaveLength((2 * 6 * 20) / stage.world.tuning.heartbeatTicks);
    stage.end();
  });

  test("is none where nobody is to sleep", () => {
    const stage = new Stage({});
    stage.region();
    stage.ticks(100);
    const kinds = new Set(handledIn(stage, 50).map(({ message }) => message.kind));
    for (const kind of ["pulse", "sleeps", "hibernate", "wake-up"])
      expect(kinds).not.toContain(kind);
    expect(sleepers(stage)).toEqual([]);
    stage.end();
  });

  test("takes writes and reads as before, and sleeps again", () => {
    const stage = asleep();
    for (const value of ["one", "two", "three"]) {
      stage.put(R1, "a", value);
      stage.promiseValue(R1, "a", value);
      stage.untilAsleep(R1);
    }
    stage.promiseEqual(R1);
    stage.end();
  });

  test("is known to the driver as it was, and may be split, moved and led elsewhere", () => {
    const stage = asleep({ stores: 4 });
    const child = stage.split(R1, "m");
    stage.untilAsleep(child);
    stage.untilAsleep(R1);
    const peerId = stage.pdRemoves(child, 3);
    stage.untilGone(3, child, peerId);
    stage.until("two sleep", () => sleepers(stage, child).length === 2);
    const later = stage.pdPlaces(child, 4);
    expect(stage.peerIdOn(4, child)).toBe(later);
    stage.untilAsleep(child, [1, 2, 4]);
    stage.pdMovesLeader(child, 2);
    stage.untilAsleep(child, [1, 2, 4]);
    stage.promiseEqual(child, [1, 2, 4]);
    stage.promiseValue(child, "n");
    stage.end();
  });

  test("sleeps soon after however short a rest, and does not keep itself awake", () => {
    const stage = asleep({ tuning: { hibernateAfterMs: 1 } });
    stage.put(R1, "a", "x");
    stage.untilAsleep(R1);
    const before = stage.world.replica(1, R1)?.counts["slept"];
    stage.ticks(200);
    expect(stage.world.replica(1, R1)?.counts["slept"]).toBe(before);
    stage.end();
  });
});

describe("a leader that slept", () => {
  test("serves no read on what it knew before: others may lead by now", () => {
    const stage = asleep();
    const cut = cutOffReplica(stage, 1);
    expect(sleepers(stage)).toEqual([1, 2, 3]);
    const read = stage.ask(1, R1, READ);
    expect(sleepers(stage)).toEqual([2, 3]);
    stage.ticks(1);
    expect(read()).toBeUndefined();
    stage.until("it is answered", () => read() !== undefined);
    expect(read()?.kind).not.toBe("value");
    stage.until("another leads", () => [2, 3].some((id) => roleOn(stage, id) === "leader"));
    stage.heal(cut);
    stage.put(R1, "a", "later");
    stage.promiseEqual(R1);
    stage.end();
  });

  test("is missed when its store dies, and others lead within seconds", () => {
    const stage = asleep();
    stage.world.crashStore(1);
    stage.until(
      "another leads",
      () => [2, 3].some((id) => roleOn(stage, id) === "leader"),
      FAILOVER_TICKS,
    );
    stage.world.restartStore(1);
    stage.untilAsleep(R1);
    stage.promiseValue(R1, "a");
    stage.promiseEqual(R1);
    stage.end();
  });

  test("is missed when its actor fails, though its store beats on", () => {
    const stage = asleep();
    const other = stage.split(R1, "m");
    stage.untilAsleep(other);
    stage.untilAsleep(R1);
    stage.replicaFails(1, R1);
    expect(stage.world.replica(2, R1)?.isAsleep).toBe(false);
    expect(sleepers(stage, other)).toEqual([1, 2, 3]);
    stage.until(
      "somebody leads",
      () => [1, 2, 3].some((id) => roleOn(stage, id) === "leader"),
      FAILOVER_TICKS,
    );
    stage.untilAsleep(R1);
    endFailed(stage);
  });

  test("is missed when nobody can open it, though the first word of that is lost", () => {
    const stage = asleep();
    // Its store beats on for the other region.
    const other = stage.split(R1, "m");
    stage.untilAsleep(other);
    stage.untilAsleep(R1);
    const lost = cutOffReplica(stage, 1);
    const disk = stage.world.disk(1);
    const tablet = disk.list(TABLETS).find(({ name }) => name.startsWith(`${R1}_`));
    disk.flipBit(`${TABLETS}/${tablet?.name}/commits`, 40, 3);
    stage.replicaFails(1, R1);
    stage.until("it is isolated", () => stage.world.status(1).damaged.length > 0);
    expect(sleepers(stage)).toEqual([2, 3]);
    lost.drop();
    lost.release();
    stage.until(
      "somebody leads",
      () => [2, 3].some((id) => roleOn(stage, id) === "leader"),
      FAILOVER_TICKS,
    );
    stage.world.finish();
  });
});

describe("a follower that slept", () => {
  test("and cannot be heard any more wakes the others", () => {
    const stage = asleep();
    const cut = stage.cutOff(3);
    stage.until("all are awake", () => sleepers(stage).length === 0, FAILOVER_TICKS);
    stage.put(R1, "a", "without it");
    stage.ticks(50);
    expect(sleepers(stage)).toEqual([]);
    stage.heal(cut);
    stage.untilAsleep(R1);
    stage.promiseEqual(R1);
    stage.end();
  });

  test("and whose store was opened again at once wakes the others", () => {
    const stage = asleep();
    const woken = (store: number) => stage.world.replica(store, R1)?.counts["slept"] ?? 0;
    const before = woken(1);
    stage.powerCut(2);
    stage.until("the leader has slept anew", () => woken(1) > before);
    stage.untilAsleep(R1);
    stage.promiseEqual(R1);
    stage.end();
  });

  test("as a learner does so too, which nobody hears as a candidate", () => {
    const stage = new Stage({ tuning: TUNING });
    stage.region([1, 2]);
    stage.pdAdds(R1, 3);
    stage.untilThere(3, R1);
    stage.untilAsleep(R1);
    const child = stage.split(R1, "m");
    stage.untilAsleep(child);
    stage.untilAsleep(R1);
    const others = stage.holdMail({ to: 3, regionId: R1 });
    stage.replicaFails(3, R1);
    others.drop();
    others.release();
    stage.untilAsleep(R1);
    stage.promiseEqual(R1);
    endFailed(stage);
  });

  test("is told of its removal", () => {
    const stage = asleep();
    const peerId = stage.pdRemoves(R1, 3);
    stage.untilGone(3, R1, peerId);
    stage.until("the others sleep", () => sleepers(stage).length === 2);
    stage.end();
  });
});

/** Its store beats and hears others beat; what replicas say to each other does not reach it, nor leave it. */
function cutOffReplica(stage: Stage, store: number): Hold {
  return stage.world.system.hold((one) => {
    if (one.kind !== "mail" || one.actor !== "gateActor") return false;
    const { kind, mail } = one.message as { kind: string; mail?: RegionMail };
    return kind === "receive" && (mail?.fromStore === store || mail?.toStore === store);
  });
}

/** An actor was made to fail. */
function endFailed(stage: Stage): void {
  expect(stage.world.system.thrown).toHaveLength(1);
  stage.world.finish();
}
