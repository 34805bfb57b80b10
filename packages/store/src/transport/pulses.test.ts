// What gates tell each other for those who sleep, and whom they wake.
import type { RegionId, StoreId } from "@multiraft/pd/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import type { Life } from "../log/record.ts";
import { Pulses, ROUSED_AT_ONCE_MAX } from "./pulses.ts";

const LIMITS = { intervalMs: 200, missedMax: 3 };
const STORES = [2, 3] as StoreId[];

let pulses: Pulses<number>;
let sent: number[];
let roused: string[];
let timers: string[];

beforeEach(() => {
  sent = [];
  roused = [];
  timers = [];
  pulses = new Pulses<number>(LIMITS, {
    send: (to) => sent.push(to),
    rouse: (replica, reason) => roused.push(`${replica} ${reason}`),
    setTimer: (name) => timers.push(name),
  });
});

function sleep(region: number, stores = STORES): void {
  const regionId = region as RegionId;
  pulses.sleeps({ regionId, life: (10 * region) as Life, replica: region, stores });
}

function wake(region: number): void {
  pulses.woke(region as RegionId, (10 * region) as Life);
}

function hear(store: number, number: number, incarnation = "first"): void {
  pulses.heard({ fromStore: store as StoreId, toStore: 1 as StoreId, incarnation, number });
}

/** Beats `count` times, and hears each time of `stores`. */
function beats(count: number, stores: readonly number[], from = 1): void {
  for (let beat = 0; beat < count; beat += 1) {
    pulses.beat();
    for (const store of stores) hear(store, from + beat);
  }
}

describe("what is sent", () => {
  test("nothing while nobody sleeps, and no timer runs", () => {
    hear(2, 1);
    pulses.beat();
    expect([sent, timers]).toEqual([[], []]);
  });

  test("nothing for one that is alone in its group", () => {
    sleep(7, []);
    expect([sent, timers, pulses.sleeping]).toEqual([[], [], 1]);
  });

  test("one to each store that sleepers share groups with, however many sleep", () => {
    for (const region of [1, 2, 3]) sleep(region);
    sleep(4, [3, 4] as StoreId[]);
    expect(sent).toEqual([2, 3, 4]);
    expect(timers).toEqual(["beat"]);
    sent = [];
    pulses.beat();
    expect(sent).toEqual([2, 3, 4]);
    expect(timers).toEqual(["beat", "beat"]);
  });

  test("none to a store when the last has woken that shared a group with it", () => {
    sleep(1);
    sleep(2, [3] as StoreId[]);
    wake(1);
    sent = [];
    pulses.beat();
    expect(sent).toEqual([3]);
    wake(2);
    timers = [];
    pulses.beat();
    expect([sent, timers]).toEqual([[3], []]);
    sleep(1);
    expect([sent, timers]).toEqual([[3, 2, 3], ["beat"]]);
  });
});

describe("a store that falls silent", () => {
  test("wakes those with a peer on it, when so many pulses were missed, and nobody else", () => {
    sleep(1);
    sleep(2, [3] as StoreId[]);
    beats(10, [2, 3]);
    beats(LIMITS.missedMax, [3], 11);
    expect(roused).toEqual([]);
    beats(1, [3], 14);
    expect(roused).toEqual(["1 silent store"]);
  });

  test("that was never heard of is as silent", () => {
    sleep(1);
    beats(LIMITS.missedMax + 1, [2]);
    expect(roused).toEqual(["1 silent store"]);
  });

  test("is not heard of by what is late, or comes twice", () => {
    sleep(1);
    beats(5, [2, 3]);
    for (let beat = 0; beat <= LIMITS.missedMax; beat += 1) {
      pulses.beat();
      hear(3, 6 + beat);
      hear(2, beat + 1);
      hear(2, 5);
    }
    expect(roused).toEqual(["1 silent store"]);
  });

  test("is told of again until they have woken", () => {
    sleep(1);
    beats(LIMITS.missedMax + 1, [3]);
    pulses.rouseSome();
    expect(roused).toHaveLength(2);
    wake(1);
    timers = [];
    pulses.rouseSome();
    expect(roused).toHaveLength(2);
    expect(timers).toEqual([]);
  });

  test("wakes a few at a time, and all in the end", () => {
    const count = 3 * ROUSED_AT_ONCE_MAX + 1;
    for (let region = 1; region <= count; region += 1) sleep(region);
    beats(LIMITS.missedMax + 1, [3]);
    for (const expected of [1, 2, 3]) {
      expect(roused).toHaveLength(expected * ROUSED_AT_ONCE_MAX);
      expect(timers.at(-1)).toBe(expected === 1 ? "beat" : "rouse");
      for (const told of roused.slice(-ROUSED_AT_ONCE_MAX)) wake(Number.parseInt(told, 10));
      pulses.rouseSome();
    }
    expect(roused).toHaveLength(count);
    expect(new Set(roused).size).toBe(count);
  });

  test("and is heard of again lets those sleep on that have not been told", () => {
    const count = 2 * ROUSED_AT_ONCE_MAX;
    for (let region = 1; region <= count; region += 1) sleep(region);
    beats(LIMITS.missedMax + 1, [3]);
    for (const told of [...roused]) wake(Number.parseInt(told, 10));
    hear(2, 50);
    pulses.rouseSome();
    expect(roused).toHaveLength(ROUSED_AT_ONCE_MAX);
    expect(pulses.sleeping).toBe(count - ROUSED_AT_ONCE_MAX);
  });
});

describe("a store that was opened again", () => {
  test("wakes those with a peer on it, though it was never silent for long", () => {
    sleep(1);
    sleep(2, [3] as StoreId[]);
    beats(2, [2, 3]);
    pulses.beat();
    hear(2, 1, "second");
    expect(roused).toEqual(["1 new incarnation"]);
    hear(2, 2, "second");
    pulses.rouseSome();
    expect(roused).toEqual(["1 new incarnation", "1 new incarnation"]);
    wake(1);
    pulses.rouseSome();
    expect(roused).toHaveLength(2);
  });

  test("wakes those as well that another store's silence was to wake, when that one is heard again", () => {
    const count = ROUSED_AT_ONCE_MAX + 1;
    for (let region = 1; region <= count; region += 1) sleep(region);
    beats(2, [2, 3]);
    beats(LIMITS.missedMax + 1, [3], 3);
    expect(roused).toHaveLength(ROUSED_AT_ONCE_MAX);
    hear(3, 1, "second");
    hear(2, 50);
    for (const told of [...roused]) wake(Number.parseInt(told, 10));
    pulses.rouseSome();
    expect(roused.slice(ROUSED_AT_ONCE_MAX)).toEqual([`${count} new incarnation`]);
  });

  test("is no news to whoever fell asleep when it had been opened", () => {
    beats(2, [2, 3]);
    sleep(1);
    hear(2, 9, "second");
    expect(roused).toEqual([]);
  });
});

describe("who has woken", () => {
  test("is not what an earlier life says of itself", () => {
    sleep(1);
    pulses.woke(1 as RegionId, 9 as Life);
    expect(pulses.sleeping).toBe(1);
    pulses.woke(1 as RegionId, undefined);
    expect(pulses.sleeping).toBe(0);
  });

  test("in another actor, and sleeps again, is told there, though nobody said that the first has ended", () => {
    const life = 10 as Life;
    sleep(1);
    pulses.sleeps({ regionId: 1 as RegionId, life, replica: 2, stores: STORES });
    beats(LIMITS.missedMax + 1, [3]);
    expect(roused).toEqual(["2 silent store"]);
  });

  test("may say so twice, and a sleeper that it sleeps", () => {
    sleep(1);
    sleep(1, [2] as StoreId[]);
    sent = [];
    pulses.beat();
    expect(sent).toEqual([2]);
    wake(1);
    wake(1);
    expect(pulses.sleeping).toBe(0);
  });
});
