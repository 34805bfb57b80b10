// All that one life holds, in one object: released in one place, however the life ends. It is the fencing
// token too: `isCurrent` turns false when the address closes, before anything else happens.
import { sameAddress } from "../actor/address.ts";
import type { ReplyToken } from "../actor/envelope.ts";
import type { Held, Lease } from "../actor/lease.ts";
import { assert } from "../assert.ts";
import type { Call } from "./call.ts";
import { Chain, Link } from "./chain.ts";
import { Debt } from "./debt.ts";
import type { OwnedPayload } from "./owned-payload.ts";
import type { Task } from "./task.ts";
import type { TimerTick } from "./timer-tick.ts";

const NO_CALLS: readonly Call[] = [];

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
  // Made when first needed: most lives are short and hold little.
  #held: Chain<LeaseHeld> | undefined;
  #payloads: Chain<OwnedPayload> | undefined;
  #debts: Chain<Debt> | undefined;
  #calls: Chain<Call> | undefined;
  #tasks: Chain<Task> | undefined;
  #timers: Map<string, TimerTick> | undefined;
  #isCurrent = true;
  #takesMore = true;

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  get debts(): Chain<Debt> {
    this.#debts ??= new Chain();
    return this.#debts;
  }

  get calls(): Chain<Call> {
    this.#calls ??= new Chain();
    return this.#calls;
  }

  get tasks(): Chain<Task> {
    this.#tasks ??= new Chain();
    return this.#tasks;
  }

  get timers(): Map<string, TimerTick> {
    this.#timers ??= new Map();
    return this.#timers;
  }

  get hasTasks(): boolean {
    return this.#tasks !== undefined && this.#tasks.size > 0;
  }

  /** Own mail that may still come from what the life has started. */
  get owedCount(): number {
    return (this.#calls?.size ?? 0) + (this.#tasks?.size ?? 0) + (this.#timers?.size ?? 0);
  }

  /** With a life that has closed for good nothing stays: it is released at once. */
  hold(name: string, release: () => void): Held {
    const held = new LeaseHeld(name, release);
    if (!this.#takesMore) held.release();
    else {
      this.#held ??= new Chain();
      this.#held.append(held);
    }
    return held;
  }

  get heldNames(): readonly string[] {
    return [
      ...Array.from(this.#held ?? [], (held) => held.name),
      ...Array.from(
        this.#payloads ?? [],
        (payload) => `payload of ${payload.bytes.byteLength} bytes`,
      ),
      ...Array.from(this.#tasks ?? [], (task) => `${task.what} ${task.name}`),
      ...Array.from(this.#timers?.keys() ?? [], (key) => `timer ${key}`),
      ...Array.from(this.#calls ?? [], (call) => call.expected.what),
      ...Array.from(this.#debts ?? [], () => "debt"),
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
    this.#payloads ??= new Chain();
    this.#payloads.append(payload);
  }

  /** The debts that are left, one after the other, off the books. */
  takeAnyDebt(): Debt | undefined {
    const debt = this.#debts?.first;
    if (debt !== undefined) this.#debts?.remove(debt);
    return debt;
  }

  /** A copy: the calls leave while they are closed. */
  openCalls(): readonly Call[] {
    return this.#calls === undefined ? NO_CALLS : [...this.#calls];
  }

  /** No timer is set any more. @param cancel Told of each that was. */
  clearTimers(cancel: (tick: TimerTick) => void): void {
    for (const tick of this.#timers?.values() ?? []) cancel(tick);
    this.#timers?.clear();
  }

  /** The debt behind a token, on the books until it is paid. */
  debtOf(token: ReplyToken): Debt {
    const debt = this.#findDebt(token);
    assert(debt !== undefined, "a reply to an ask that this life does not owe (answered before?)");
    return debt;
  }

  /** Takes a debt off the books; the caller answers it. */
  takeDebt(token: ReplyToken): Debt {
    const debt = this.debtOf(token);
    this.debts.remove(debt);
    return debt;
  }

  /** Last held first. Each release runs, whatever the others throw. */
  releaseAll(onThrow: (error: unknown) => void): void {
    for (let held = this.#held?.last; held !== undefined; held = this.#held?.last) {
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
    const payloads = this.#payloads;
    for (let payload = payloads?.last; payload !== undefined; payload = payloads?.last)
      payload.release();
  }

  /** A token is found by itself, or else (it travelled as data) by its numbers. */
  #findDebt(token: ReplyToken): Debt | undefined {
    if (token instanceof Debt) return this.debts.has(token) ? token : undefined;
    for (const debt of this.debts)
      if (debt.ask === token.ask && sameAddress(debt.asker, token.asker)) return debt;
    return undefined;
  }
}
