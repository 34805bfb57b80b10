import { describe, expect, test } from "vitest";
import { at, entry, message } from "../../test/raft-fixture.ts";
import { ReadQueue } from "./read-queue.ts";

const request = (text: string) =>
  message("MsgReadIndex", 2, 1, 0, { entries: [entry(0, 0, text)] });
const read = (sequence: number) => ({
  sequence,
  index: at(sequence * 10),
  request: request(`read ${sequence}`),
});

/** Reads 1 to `count`. */
function filled(count: number, countMax = 100): ReadQueue {
  const queue = new ReadQueue(countMax);
  for (let sequence = 1; sequence <= count; sequence++) queue.add(read(sequence));
  return queue;
}

describe("reads that wait", () => {
  test.each([
    [0, [], 3],
    [1, [1], 3],
    [2, [1, 2], 3],
    [3, [1, 2, 3], 0],
    [9, [1, 2, 3], 0],
  ])("row 152: a confirmation of %d takes %o out, oldest first; then asked for: %d", (...row) => {
    const [sequence, taken, last] = row;
    const queue = filled(3);
    expect(queue.takeConfirmed(sequence)).toEqual(taken.map(read));
    expect(queue.lastSequence).toBe(last);
    // They are released: a second confirmation finds none of them.
    expect(queue.takeConfirmed(sequence)).toEqual([]);
  });

  test("it is empty when none waits, numbered or postponed", () => {
    const queue = filled(1);
    expect(queue.isEmpty).toBe(false);
    queue.takeConfirmed(1);
    expect(queue.isEmpty).toBe(true);
    queue.postpone(request("a"));
    expect(queue.isEmpty).toBe(false);
  });

  test("row 149: postponed ones are taken once, in their order", () => {
    const queue = new ReadQueue(10);
    queue.postpone(request("a"));
    queue.postpone(request("b"));
    expect(queue.takeConfirmed(9)).toEqual([]);
    expect(queue.lastSequence).toBe(0);
    expect(queue.takePostponed()).toEqual([request("a"), request("b")]);
    expect(queue.takePostponed()).toEqual([]);
    queue.postpone(request("c"));
    expect(queue.takePostponed()).toEqual([request("c")]);
  });

  test.each([
    // pending, postponed of a limit of three, full
    [0, 0, false],
    [2, 0, false],
    [3, 0, true],
    [1, 1, false],
    [2, 1, true],
    [0, 3, true],
  ])("%d pending and %d postponed of three: full %s", (pending, postponed, isFull) => {
    const queue = filled(pending, 3);
    for (let count = 0; count < postponed; count++) queue.postpone(request("x"));
    expect(queue.isFull).toBe(isFull);
  });
});
