import { describe, expect, test } from "vitest";
import { at } from "../../test/raft-fixture.ts";
import { Inflights } from "./inflights.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

function filled(count: number, messagesMax = count, bytesMax = UNLIMITED): Inflights {
  const inflights = new Inflights(messagesMax, bytesMax);
  for (let index = 1; index <= count; index++) inflights.add(at(index), 100);
  return inflights;
}

describe("the window of appends under way", () => {
  test("row 91: it is full at its number of messages", () => {
    const inflights = filled(2, 3);
    expect(inflights.isFull).toBe(false);
    inflights.add(at(3), 100);
    expect(inflights.isFull).toBe(true);
    expect(() => inflights.add(at(4), 0)).toThrow("beyond the window");
  });

  test.each([
    [99, 1],
    [100, 1],
    [101, 2],
    [200, 2],
    [201, 3],
  ])("row 92: a limit of %d bytes is full after %d messages of 100", (bytesMax, count) => {
    const inflights = new Inflights(10, bytesMax);
    let added = 0;
    while (!inflights.isFull) {
      added += 1;
      inflights.add(at(added), 100);
    }
    expect(added).toBe(count);
  });

  test.each([
    [0, 5],
    [1, 4],
    [3, 2],
    [5, 0],
    [9, 0],
  ])("row 93: an acknowledgement of %d leaves %d of five", (index, left) => {
    const inflights = filled(5);
    inflights.freeTo(at(index));
    expect(inflights.count).toBe(left);
    expect(inflights.bytes).toBe(left * 100);
    expect(inflights.isFull).toBe(left === 5);
  });

  test("row 93: the ring turns round and round without mixing up its order", () => {
    const inflights = new Inflights(5, UNLIMITED);
    for (let index = 1; index <= 200; index++) {
      inflights.add(at(index), index);
      if (index >= 4) inflights.freeTo(at(index - 3));
      expect(inflights.count).toBe(Math.min(index, 3));
    }
    expect(inflights.bytes).toBe(198 + 199 + 200);
  });

  test("it grows while turned, and what it holds stays in order", () => {
    const inflights = new Inflights(1_000, UNLIMITED);
    for (let index = 1; index <= 3; index++) inflights.add(at(index), 1);
    inflights.freeTo(at(2));
    for (let index = 4; index <= 500; index++) inflights.add(at(index), 1);
    inflights.freeTo(at(250));
    expect(inflights.count).toBe(250);
    inflights.freeTo(at(500));
    expect(inflights.count).toBe(0);
    inflights.add(at(501), 7);
    expect(inflights.bytes).toBe(7);
  });

  test.each([
    // messages under way at once, places held when all are acknowledged
    [1, 1],
    [2, 2],
    [9, 16],
    [16, 16],
    [17, 0],
  ])("beyond etcd: freed buffers: of %d messages a drained ring keeps %d places", (count, kept) => {
    const inflights = filled(count, UNLIMITED);
    inflights.freeTo(at(count));
    expect(inflights.capacity).toBe(kept);
    inflights.releaseIfEmpty();
    expect(inflights.capacity).toBe(0);
    inflights.add(at(count + 1), 7);
    expect([inflights.count, inflights.bytes, inflights.capacity]).toEqual([1, 7, 1]);
  });

  test("beyond etcd: freed buffers: a ring in use is not given back", () => {
    const inflights = filled(3, UNLIMITED);
    inflights.freeTo(at(2));
    inflights.releaseIfEmpty();
    expect([inflights.count, inflights.bytes, inflights.capacity]).toEqual([1, 100, 4]);
  });

  test("each message gives its own bytes back, though the ring grew while turned", () => {
    for (const released of [false, true]) {
      const inflights = filled(released ? 1 : 0, UNLIMITED);
      inflights.freeTo(at(1));
      if (released) inflights.releaseIfEmpty();
      inflights.add(at(2), 20);
      inflights.add(at(3), 30);
      inflights.freeTo(at(2));
      inflights.add(at(4), 40);
      inflights.add(at(5), 50);
      const left = [2, 3, 4, 5].map((index) => {
        inflights.freeTo(at(index));
        return inflights.bytes;
      });
      expect(left).toEqual([120, 90, 50, 0]);
    }
  });

  test("a drained large ring starts anew, indexes and bytes alike", () => {
    const inflights = filled(17, UNLIMITED);
    inflights.freeTo(at(17));
    inflights.add(at(18), 20);
    inflights.add(at(19), 30);
    inflights.freeTo(at(18));
    inflights.add(at(20), 40);
    inflights.add(at(21), 50);
    inflights.freeTo(at(19));
    expect([inflights.count, inflights.bytes]).toEqual([2, 90]);
    inflights.freeTo(at(20));
    expect([inflights.count, inflights.bytes]).toEqual([1, 50]);
  });

  test("a window that was never used holds no memory", () => {
    expect(new Inflights(1, 1).capacity).toBe(0);
  });

  test("an unlimited window is never full", () => {
    expect(filled(2_000, UNLIMITED).isFull).toBe(false);
  });
});
