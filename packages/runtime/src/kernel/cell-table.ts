// The lives of one thread by their slots, and the one place that decides whether an address is a life here.
// What the routing table says to others follows from here; nothing is decided from it.
import type { AnyAddress } from "../actor/address.ts";
import { toAddress } from "../actor/address.ts";
import type { DropReason } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { RoutingTable } from "../routing/routing-table.ts";
import { Cell } from "./cell.ts";
import type { AnyDefinition } from "./kernel-options.ts";
import { Mailbox } from "./mailbox.ts";
import { SlotAllocator } from "./slot-allocator.ts";

type CellTableOptions = {
  readonly firstSlot: number;
  readonly slots: number;
  readonly incarnationMax: number;
  readonly routing: RoutingTable;
  readonly isMailIsolated: boolean;
};

export class CellTable {
  readonly #firstSlot: number;
  readonly #slots: number;
  readonly #routing: RoutingTable;
  readonly #allocator: SlotAllocator;
  readonly #cells: (Cell | undefined)[] = [];
  readonly #isMailIsolated: boolean;

  constructor(options: CellTableOptions) {
    this.#firstSlot = options.firstSlot;
    this.#slots = options.slots;
    this.#routing = options.routing;
    this.#isMailIsolated = options.isMailIsolated;
    this.#allocator = new SlotAllocator(options, options.routing);
  }

  get size(): number {
    return this.#allocator.heldCount;
  }

  owns(slot: number): boolean {
    return slot >= this.#firstSlot && slot < this.#firstSlot + this.#slots;
  }

  /** The owner's check: the life with exactly this address, open or not. */
  find(address: AnyAddress): Cell | undefined {
    return this.findAt(address.slot, address.incarnation);
  }

  findAt(slot: number, incarnation: number): Cell | undefined {
    const cell = this.#cells[slot - this.#firstSlot];
    const isMeant = cell?.incarnation === incarnation || !this.#isMailIsolated;
    return isMeant ? cell : undefined;
  }

  /** Why `find` had nothing. */
  missReason(address: AnyAddress): DropReason {
    const cell = this.#cells[address.slot - this.#firstSlot];
    const isLater = cell !== undefined && cell.address.incarnation > address.incarnation;
    return isLater ? "stale-incarnation" : "vacant";
  }

  /** Undefined when this thread's slots are all held or retired. */
  open(definition: AnyDefinition, mailboxMessagesMax: number): Cell | undefined {
    // First: it refuses a bound without sense, and a slot that was taken by then would stay taken.
    const mailbox = new Mailbox(mailboxMessagesMax);
    const grant = this.#allocator.take();
    if (grant === undefined) return undefined;
    const cell = new Cell(toAddress(grant.slot, grant.incarnation), definition, mailbox);
    assert(this.#at(cell) === undefined, "a slot was given out while a life held it");
    this.#cells[grant.slot - this.#firstSlot] = cell;
    this.#routing.publish(grant.slot, grant.incarnation, "open");
    return cell;
  }

  /** From here on no mail comes in; the slot stays the cell's. */
  close(cell: Cell): void {
    this.#routing.publish(cell.address.slot, cell.address.incarnation, "closed");
  }

  free(cell: Cell): void {
    assert(this.#at(cell) === cell, "a slot was freed by a life that does not hold it");
    this.#cells[cell.address.slot - this.#firstSlot] = undefined;
    this.#routing.publish(cell.address.slot, cell.address.incarnation, "free");
    this.#allocator.free(cell.address);
  }

  *[Symbol.iterator](): Generator<Cell> {
    for (const cell of this.#cells) if (cell !== undefined) yield cell;
  }

  #at(cell: Cell): Cell | undefined {
    return this.#cells[cell.address.slot - this.#firstSlot];
  }
}
