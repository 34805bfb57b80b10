// Things by the address of an actor, found without making a text of it: oracles ask for them at every step.
import type { AnyAddress } from "@multiraft/runtime";

export class ByAddress<Thing> {
  readonly #bySlot = new Map<number, Map<number, Thing>>();
  readonly #all: Thing[] = [];

  get({ slot, incarnation }: AnyAddress): Thing | undefined {
    return this.#bySlot.get(slot)?.get(incarnation);
  }

  /** An address is given once, and so is a thing of it. */
  set({ slot, incarnation }: AnyAddress, thing: Thing): void {
    const lives = this.#bySlot.get(slot) ?? new Map<number, Thing>();
    this.#bySlot.set(slot, lives);
    if (!lives.has(incarnation)) this.#all.push(thing);
    lives.set(incarnation, thing);
  }

  /** In the order in which they came. */
  values(): readonly Thing[] {
    return this.#all;
  }
}
