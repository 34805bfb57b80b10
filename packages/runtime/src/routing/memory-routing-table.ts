// The routing table of systems that have one thread: the same rules as the shared one, in plain maps.
import { assert } from "../assert.ts";
import { dropRoute, type Route, type RouteState, type RoutingTable } from "./routing-table.ts";

const VACANT = dropRoute("vacant");
const TOMBSTONE = dropRoute("tombstone");
const STALE = dropRoute("stale-incarnation");
const THREAD_DEAD = dropRoute("thread-dead");

type Row = { incarnation: number; state: RouteState };
type Range = { readonly firstSlot: number; readonly thread: number; isDead: boolean };

export class MemoryRoutingTable implements RoutingTable {
  readonly #rows = new Map<number, Row>();
  readonly #ranges: Range[] = [];
  readonly #slotsPerRange: number;

  constructor(slotsPerRange: number) {
    this.#slotsPerRange = slotsPerRange;
  }

  /** Gives the next range of slots to `thread`. @returns Its first slot. */
  claim(thread: number): number {
    const firstSlot = this.#ranges.length * this.#slotsPerRange;
    this.#ranges.push({ firstSlot, thread, isDead: false });
    return firstSlot;
  }

  /** From here on mail to each life of `thread` is `thread-dead`. */
  markDead(thread: number): void {
    for (const range of this.#ranges) if (range.thread === thread) range.isDead = true;
  }

  lookUp(slot: number, incarnation: number): Route {
    const owner = this.ownerOf(slot);
    const row = this.#rows.get(slot);
    if (row === undefined || incarnation > row.incarnation) return VACANT;
    if (owner < 0) return owner;
    if (row.state === "free") return VACANT;
    if (incarnation < row.incarnation) return STALE;
    return row.state === "open" ? owner : TOMBSTONE;
  }

  ownerOf(slot: number): Route {
    const range = this.#ranges[Math.floor(slot / this.#slotsPerRange)];
    if (range === undefined) return VACANT;
    return range.isDead ? THREAD_DEAD : range.thread;
  }

  publish(slot: number, incarnation: number, state: RouteState): void {
    const row = this.#rows.get(slot);
    if (row === undefined) this.#rows.set(slot, { incarnation, state });
    else {
      assert(incarnation >= row.incarnation, "an incarnation was published after a later one");
      row.incarnation = incarnation;
      row.state = state;
    }
  }

  lastIncarnation(slot: number): number {
    return this.#rows.get(slot)?.incarnation ?? 0;
  }
}
