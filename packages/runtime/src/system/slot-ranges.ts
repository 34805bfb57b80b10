// Which slots which thread gives out. The table is cut once: a little for the main thread and for each
// dedicated thread, the rest in equal parts for the actor threads. A successor gets its predecessor's part.
import { BLOCK_SLOTS, type SlotRange } from "../routing/shared-routing-table.ts";

/** One block each: a dedicated thread exists for one actor and what that spawns beside itself. */
const DEDICATED_THREADS_MAX = 64;

export class SlotRanges {
  readonly #actorThreads: number;
  readonly #slotsEach: number;
  /** Numbers of dedicated threads that are free, the lowest last. */
  readonly #free: number[];

  constructor(actorThreads: number, slotsMax: number) {
    const small = (DEDICATED_THREADS_MAX + 1) * BLOCK_SLOTS;
    const each = Math.floor((slotsMax - small) / actorThreads / BLOCK_SLOTS) * BLOCK_SLOTS;
    this.#actorThreads = actorThreads;
    this.#slotsEach = Math.max(BLOCK_SLOTS, each);
    this.#free = Array.from(
      { length: DEDICATED_THREADS_MAX },
      (_, index) => this.mainThread + DEDICATED_THREADS_MAX - index,
    );
  }

  /** The main thread's number: above those of all actor threads. */
  get mainThread(): number {
    return this.#actorThreads;
  }

  /** Slots that the table must have. */
  get slots(): number {
    const small = (DEDICATED_THREADS_MAX + 1) * BLOCK_SLOTS;
    return this.#actorThreads * this.#slotsEach + small;
  }

  of(thread: number): SlotRange {
    if (thread < this.#actorThreads)
      return { firstSlot: thread * this.#slotsEach, slots: this.#slotsEach };
    const firstSmall = this.#actorThreads * this.#slotsEach;
    const firstSlot = firstSmall + (thread - this.#actorThreads) * BLOCK_SLOTS;
    return { firstSlot, slots: BLOCK_SLOTS };
  }

  /** @returns Undefined while all are in use. */
  takeDedicated(): number | undefined {
    return this.#free.pop();
  }

  freeDedicated(thread: number): void {
    this.#free.unshift(thread);
  }
}
