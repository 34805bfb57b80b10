// The scheduler of a thread: actors with mail take turns in slices, and at the end of a turn those that
// gathered effects hand them over together (one write and one sync for all).
import type { Clock } from "../platform/environment.ts";
import type { Cell } from "./cell.ts";
import type { Delivery } from "./delivery.ts";
import { Fifo } from "./fifo.ts";
import {
  CLOCK_MESSAGES_MAX,
  SLICE_MESSAGES_MAX,
  TURN_MESSAGES_MAX,
  TURN_MS_MAX,
} from "./limits.ts";
import type { Scheduler } from "./scheduler.ts";

export class RunQueue implements Scheduler {
  readonly #ready = new Fifo<Cell>();
  #turnEnders: Cell[] = [];
  readonly #clock: Clock;
  readonly #workArrived: (() => void) | undefined;
  #isInTurn = false;

  constructor(clock: Clock, workArrived: (() => void) | undefined) {
    this.#clock = clock;
    this.#workArrived = workArrived;
  }

  get hasWork(): boolean {
    return this.#ready.size > 0 || this.#turnEnders.length > 0;
  }

  mailQueued(cell: Cell): void {
    if (!cell.isScheduled && cell.canTakeMail) this.#schedule(cell);
  }

  resumed(cell: Cell): void {
    if (!cell.isScheduled && cell.canTakeMail && cell.mailbox.hasMail) this.#schedule(cell);
  }

  turnEndDue(cell: Cell): void {
    this.#turnEnders.push(cell);
    this.wake();
  }

  /** Outside of a turn the thread may be asleep. */
  wake(): void {
    if (!this.#isInTurn) this.#workArrived?.();
  }

  /** @returns True while mail is waiting. */
  runTurn(delivery: Delivery): boolean {
    this.#isInTurn = true;
    try {
      this.#runSlices(delivery);
      this.#endTurn(delivery);
    } finally {
      this.#isInTurn = false;
    }
    return this.hasWork;
  }

  #schedule(cell: Cell): void {
    cell.isScheduled = true;
    this.#ready.push(cell);
    this.wake();
  }

  #runSlices(delivery: Delivery): void {
    const endMs = this.#lookAtClock(delivery) + TURN_MS_MAX;
    let sinceLook = 0;
    for (let left = TURN_MESSAGES_MAX; left > 0; ) {
      const cell = this.#ready.shift();
      if (cell === undefined) return;
      const weight = delivery.runSlice(cell, Math.min(left, SLICE_MESSAGES_MAX));
      this.#afterSlice(cell);
      left -= weight;
      sinceLook += weight;
      if (sinceLook < CLOCK_MESSAGES_MAX) continue;
      if (this.#lookAtClock(delivery) >= endMs) return;
      sinceLook = 0;
    }
  }

  #lookAtClock(delivery: Delivery): number {
    const nowMs = this.#clock.nowMs();
    delivery.nowMs = nowMs;
    return nowMs;
  }

  #afterSlice(cell: Cell): void {
    if (cell.canTakeMail && cell.mailbox.hasMail) this.#ready.push(cell);
    else cell.isScheduled = false;
  }

  /** An actor whose handler has not settled asks for its turn end again when that has. */
  #endTurn(delivery: Delivery): void {
    const enders = this.#turnEnders;
    this.#turnEnders = [];
    for (const cell of enders)
      if (cell.activity === "awaiting") cell.owesTurnEnd = false;
      else delivery.runTurnEnd(cell);
  }
}
