// All that one life holds, in one object: released in one place, however the life ends. It is the fencing
// token too: `isCurrent` turns false when the address closes, before anything else happens.
import type { ReplyToken } from "../actor/envelope.ts";
import type { Held, Lease } from "../actor/lease.ts";
import { assert } from "../assert.ts";
import type { Call } from "./call.ts";
import { Chain, Link } from "./chain.ts";
import { Debt } from "./debt.ts";
import type { OwnedPayload } from "./owned-payload.ts";
import type { Task } from "./task.ts";
import type { TimerTick } from "./timer-tick.ts";

class LeaseHeld extends Link implements Held {
  readonly name: string;
  #release: (() => void) | undefined;

  constructor(name: string, release: () => void) {
    super();
    this.name = name;
    this.#release = release;
  }

  get isReleased(): boolean {
    return this.#release === undefined;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    this.chain?.remove(this);
    release?.();
  }
}

export class LifeLease implements Lease {
  readonly #held = new Chain<LeaseHeld>();
  readonly payloads = new Chain<OwnedPayload>();
  readonly debts = new Chain<Debt>();
  readonly calls = new Chain<Call>();
  readonly tasks = new Chain<Task>();
  readonly timers = new Map<string, TimerTick>();
  #isCurrent = true;
  #takesMore = true;

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Own mail that may still come from what the life has started. */
  get owedCount(): number {
    return this.calls.size + this.tasks.size + this.timers.size;
  }

  /** With a life that has closed for good nothing stays: it is released at once. */
  hold(name: string, release: () => void): Held {
    const held = new LeaseHeld(name, release);
    if (this.#takesMore) this.#held.append(held);
    else held.release();
    return held;
  }

  get heldNames(): readonly string[] {
    return [
      ...Array.from(this.#held, (held) => held.name),
      ...Array.from(this.payloads, (payload) => `payload of ${payload.bytes.byteLength} bytes`),
      ...Array.from(this.tasks, (task) => `${task.what} ${task.name}`),
      ...Array.from(this.timers.keys(), (key) => `timer ${key}`),
      ...Array.from(this.calls, (call) => call.expected.what),
      ...Array.from(this.debts, () => "debt"),
    ];
  }

  /** The address has closed: no commit point may pass any more. */
  fence(): void {
    this.#isCurrent = false;
  }

  /** Only what is held already remains to be released. */
  refuseMore(): void {
    this.fence();
    this.#takesMore = false;
  }

  own(payload: OwnedPayload): void {
    this.payloads.append(payload);
  }

  /** Takes a debt off the books; the caller answers it. */
  takeDebt(token: ReplyToken): Debt {
    const debt = this.#findDebt(token);
    assert(debt !== undefined, "a reply to an ask that this life does not owe (answered before?)");
    this.debts.remove(debt);
    return debt;
  }

  /** Last held first. Each release runs, whatever the others throw. */
  releaseAll(onThrow: (error: unknown) => void): void {
    for (let held = this.#held.last; held !== undefined; held = this.#held.last) {
      try {
        held.release();
      } catch (error) {
        onThrow(error);
      }
    }
    this.releasePayloads();
  }

  /** The memory alone, as when the thread that held the rest is gone. */
  releasePayloads(): void {
    for (let payload = this.payloads.last; payload !== undefined; payload = this.payloads.last)
      payload.release();
  }

  /** A token is found by itself, or else (it travelled as data) by its numbers. */
  #findDebt(token: ReplyToken): Debt | undefined {
    if (token instanceof Debt) return this.debts.has(token) ? token : undefined;
    for (const debt of this.debts)
      if (debt.ask === token.ask && debt.asker.slot === token.asker.slot) return debt;
    return undefined;
  }
}
