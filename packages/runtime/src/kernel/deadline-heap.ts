// What happens when: timers and ask deadlines, in the order of their time and then of their creation.
// A binary heap whose members know their place: cancelling costs log n and leaves nothing behind.
import { assert } from "../assert.ts";
import { Link } from "./chain.ts";

const NOT_QUEUED = -1;

/** Something with a time. A `Link` too, as whoever waits for a deadline is in a chain of its owner. */
export abstract class Deadline extends Link {
  declare dueMs: number;
  declare sequence: number;
  declare heapIndex: number;

  constructor() {
    super();
    this.dueMs = 0;
    this.sequence = 0;
    this.heapIndex = NOT_QUEUED;
  }

  get isSet(): boolean {
    return this.heapIndex !== NOT_QUEUED;
  }

  /** Called once, when `dueMs` has come and nobody has cancelled. */
  abstract fire(): void;
}

export class DeadlineHeap {
  readonly #heap: Deadline[] = [];
  readonly #onEarlier: () => void;
  #sequence = 0;

  /** @param onEarlier A deadline was set that comes before all others. */
  constructor(onEarlier: () => void) {
    this.#onEarlier = onEarlier;
  }

  get size(): number {
    return this.#heap.length;
  }

  get nextMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  add(deadline: Deadline, dueMs: number): void {
    assert(!deadline.isSet, "a deadline was set twice");
    assert(Number.isFinite(dueMs), "a deadline must be a finite time");
    deadline.dueMs = dueMs;
    deadline.sequence = this.#sequence++;
    this.#heap.push(deadline);
    this.#rise(deadline, this.#heap.length - 1);
    if (deadline.heapIndex === 0) this.#onEarlier();
  }

  /** Harmless when it has fired or was never set. */
  cancel(deadline: Deadline): void {
    const index = deadline.heapIndex;
    if (index === NOT_QUEUED) return;
    assert(this.#heap[index] === deadline, "a deadline was cancelled in a heap it is not in");
    deadline.heapIndex = NOT_QUEUED;
    const last = this.#heap.pop();
    if (last === undefined || last === deadline) return;
    this.#rise(last, index);
    this.#sink(last, last.heapIndex);
  }

  /** Fires the first deadline that is due. @returns False if there is none. */
  fireNext(nowMs: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return false;
    this.cancel(first);
    first.fire();
    return true;
  }

  #rise(deadline: Deadline, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#at(above);
      if (!isBefore(deadline, parent)) break;
      this.#place(parent, index);
      index = above;
    }
    this.#place(deadline, index);
  }

  #sink(deadline: Deadline, from: number): void {
    let index = from;
    for (;;) {
      const child = this.#earlierChild(index);
      if (child === undefined || !isBefore(child, deadline)) break;
      const freed = child.heapIndex;
      this.#place(child, index);
      index = freed;
    }
    this.#place(deadline, index);
  }

  #earlierChild(index: number): Deadline | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    if (left === undefined || right === undefined) return left;
    return isBefore(right, left) ? right : left;
  }

  #place(deadline: Deadline, index: number): void {
    this.#heap[index] = deadline;
    deadline.heapIndex = index;
  }

  #at(index: number): Deadline {
    const deadline = this.#heap[index];
    assert(deadline !== undefined, "the heap of deadlines has a hole");
    return deadline;
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
