// Addresses that came lately: most mail names the same few lives, and addresses never change, so that all
// mail of a life can carry one object.
import type { AnyAddress } from "../actor/address.ts";

/** A power of two; lives whose slots fall together only cost each other an allocation. */
const KEPT = 1_024;
const NOBODY: AnyAddress = { slot: -1, incarnation: 0 };

export class AddressBook {
  readonly #kept: AnyAddress[] = new Array<AnyAddress>(KEPT).fill(NOBODY);

  at(slot: number, incarnation: number): AnyAddress {
    const index = slot & (KEPT - 1);
    const kept = this.#kept[index];
    if (kept?.slot === slot && kept.incarnation === incarnation) return kept;
    const made = { slot, incarnation };
    this.#kept[index] = made;
    return made;
  }
}
