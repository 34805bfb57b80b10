import { expect, test } from "vitest";
import { Sfc32 } from "../platform/sfc32.ts";
import { Deadline, DeadlineHeap } from "./deadline-heap.ts";

class Noted extends Deadline {
  readonly name: number;
  readonly fired: number[];
  constructor(name: number, fired: number[]) {
    super();
    this.name = name;
    this.fired = fired;
  }
  override fire(): void {
    this.fired.push(this.name);
  }
}

test("deadlines fire in the order of their time, those of one time in that of their setting", () => {
  const heap = new DeadlineHeap(() => undefined);
  const fired: number[] = [];
  const times = [5, 3, 5, 1, 3];
  for (const [name, dueMs] of times.entries()) heap.add(new Noted(name, fired), dueMs);
  while (heap.fireNext(4));
  expect(fired).toEqual([3, 1, 4]);
  expect(heap.nextMs).toBe(5);
  while (heap.fireNext(5));
  expect(fired).toEqual([3, 1, 4, 0, 2]);
  expect(heap.nextMs).toBe(undefined);
});

test("what was cancelled never fires, whatever was cancelled around it", () => {
  const random = new Sfc32(3);
  for (let round = 0; round < 50; round += 1) {
    const heap = new DeadlineHeap(() => undefined);
    const fired: number[] = [];
    const all = Array.from({ length: 100 }, (_, name) => new Noted(name, fired));
    for (const deadline of all) heap.add(deadline, random.below(20));
    const cancelled = all.filter(() => random.below(2) === 0);
    for (const deadline of cancelled) heap.cancel(deadline);
    while (heap.fireNext(20));
    const expected = all
      .filter((deadline) => !cancelled.includes(deadline))
      .sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    expect(fired).toEqual(expected.map((deadline) => deadline.name));
    expect(heap.size).toBe(0);
  }
});

test("cancelling is harmless when repeated or late; setting twice is an assertion", () => {
  const heap = new DeadlineHeap(() => undefined);
  const deadline = new Noted(1, []);
  heap.cancel(deadline);
  heap.add(deadline, 1);
  expect(() => heap.add(deadline, 2)).toThrow("set twice");
  heap.fireNext(1);
  heap.cancel(deadline);
  heap.add(deadline, 2);
  expect(() => heap.add(new Noted(2, []), Number.NaN)).toThrow("finite");
});

test("an earlier deadline than all others is told, a later one not", () => {
  let told = 0;
  const heap = new DeadlineHeap(() => {
    told += 1;
  });
  heap.add(new Noted(1, []), 10);
  heap.add(new Noted(2, []), 20);
  heap.add(new Noted(3, []), 5);
  expect(told).toBe(2);
});
