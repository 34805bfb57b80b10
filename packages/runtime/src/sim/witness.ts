// What a system has seen: mail that was lost, lives that ended, errors that were thrown. Tests read it.
import type { AnyAddress } from "../actor/address.ts";
import { sameAddress } from "../actor/address.ts";
import type { StopReason } from "../actor/outcome.ts";
import { InvariantError } from "../assert.ts";
import type { DeadLetter, KernelObserver } from "../kernel/kernel-options.ts";

/** Kept for looking at, the last ones; counters go on. */
const DEAD_LETTERS_MAX = 10_000;
const ENDINGS_MAX = 100_000;

export type Ending = { readonly address: AnyAddress; readonly reason: StopReason };
export type Thrown = { readonly address: AnyAddress; readonly error: unknown };

export class Witness {
  readonly deadLetters: DeadLetter[] = [];
  readonly endings: Ending[] = [];
  readonly thrown: Thrown[] = [];
  readonly failures: unknown[] = [];

  /** For all hosts the same. */
  readonly observer: KernelObserver = {
    deadLetter: (letter) => keep(this.deadLetters, letter, DEAD_LETTERS_MAX),
    ended: (address, reason) => keep(this.endings, { address, reason }, ENDINGS_MAX),
    threw: (address, error) => {
      this.thrown.push({ address, error });
      if (error instanceof InvariantError) this.failures.push(error);
    },
  };

  endOf(address: AnyAddress): StopReason | undefined {
    return this.endings.find((ending) => sameAddress(ending.address, address))?.reason;
  }

  throwFailure(): void {
    if (this.failures.length > 0) throw this.failures[0];
  }
}

function keep<Item>(items: Item[], item: Item, itemsMax: number): void {
  items.push(item);
  if (items.length > itemsMax) items.shift();
}
