// The slots of one thread and their incarnations. A pair (slot, incarnation) is given once, for ever:
// numbers of a slot only grow, and a slot whose numbers have run out is retired.
import { assert } from "../assert.ts";
import type { RoutingTable } from "../routing/routing-table.ts";

export type SlotGrant = { readonly slot: number; readonly incarnation: number };

type SlotRange = {
  readonly firstSlot: number;
  readonly slots: number;
  readonly incarnationMax: number;
};

export class SlotAllocator {
  readonly #range: SlotRange;
  readonly #routing: RoutingTable;
  /** Oldest first: a slot is used again as late as possible. */
  readonly #freed: SlotGrant[] = [];
  #freedTaken = 0;
  #fresh = 0;
  #held = 0;

  constructor(range: SlotRange, routing: RoutingTable) {
    this.#range = range;
    this.#routing = routing;
  }

  get heldCount(): number {
    return this.#held;
  }

  /** Undefined when each slot is held or retired. */
  take(): SlotGrant | undefined {
    const grant = this.#takeFresh() ?? this.#takeFreed();
    if (grant !== undefined) this.#held += 1;
    return grant;
  }

  free(grant: SlotGrant): void {
    assert(this.#held > 0, "a slot was freed that nobody held");
    this.#held -= 1;
    // Otherwise it is retired.
    if (grant.incarnation < this.#range.incarnationMax) this.#freed.push(grant);
  }

  /** A slot that a thread before this one has used goes on above its last incarnation. */
  #takeFresh(): SlotGrant | undefined {
    while (this.#fresh < this.#range.slots) {
      const slot = this.#range.firstSlot + this.#fresh;
      this.#fresh += 1;
      const incarnation = this.#routing.lastIncarnation(slot) + 1;
      if (incarnation <= this.#range.incarnationMax) return { slot, incarnation };
    }
    return undefined;
  }

  #takeFreed(): SlotGrant | undefined {
    const oldest = this.#freed[this.#freedTaken];
    if (oldest === undefined) return undefined;
    this.#freedTaken += 1;
    if (this.#freedTaken >= 1_024 && this.#freedTaken * 2 >= this.#freed.length) this.#compact();
    return { slot: oldest.slot, incarnation: oldest.incarnation + 1 };
  }

  #compact(): void {
    this.#freed.splice(0, this.#freedTaken);
    this.#freedTaken = 0;
  }
}
