// The routing table in shared memory: any thread reads it without asking, the owner of a slot alone
// writes its row, and the coordinator says which thread owns which block of slots. What is read here
// may be a moment old: it saves work, the owner decides.
import { assert } from "../assert.ts";
import { dropRoute, type Route, type RouteState, type RoutingTable } from "./routing-table.ts";

/** Lives of one process at a time. Two words each: half a megabyte. */
export const SLOTS_MAX = 65_536;
/** Slots get their owner by blocks of this many. */
export const BLOCK_SLOTS = 64;

const WORDS_PER_SLOT = 2;
const INCARNATION_WORD = 0;
const STATE_WORD = 1;

const STATE_CODES = { free: 0, open: 1, closed: 2 } as const satisfies Record<RouteState, number>;
const FREE = STATE_CODES.free;
const OPEN = STATE_CODES.open;

/** Owner words hold the thread's number above one; 0 is nobody. */
const NOBODY = 0;
const DEAD = -1;

const VACANT = dropRoute("vacant");
const TOMBSTONE = dropRoute("tombstone");
const STALE = dropRoute("stale-incarnation");
const THREAD_DEAD = dropRoute("thread-dead");

export function createRoutingMemory(slots: number = SLOTS_MAX): SharedArrayBuffer {
  assert(slots > 0 && slots % BLOCK_SLOTS === 0, "a table has whole blocks of slots");
  return new SharedArrayBuffer((slots * WORDS_PER_SLOT + slots / BLOCK_SLOTS) * 4);
}

/** `slots` from `firstSlot` on, both multiples of `BLOCK_SLOTS`. */
export type SlotRange = { readonly firstSlot: number; readonly slots: number };

export class SharedRoutingTable implements RoutingTable {
  readonly slots: number;
  readonly #rows: Int32Array;
  readonly #owners: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    const blocks = memory.byteLength / 4 / (WORDS_PER_SLOT * BLOCK_SLOTS + 1);
    this.slots = blocks * BLOCK_SLOTS;
    this.#rows = new Int32Array(memory, 0, this.slots * WORDS_PER_SLOT);
    this.#owners = new Int32Array(memory, this.#rows.byteLength, blocks);
  }

  /**
   * Plain loads: once for each message, an atomic one costs eight times as much. Whoever knows an address
   * learned it by something that was published after its row, so that the row is at least as new; what a
   * torn pair of words says wrongly about a row that changes just now is about a life that is ending.
   */
  lookUp(slot: number, incarnation: number): Route {
    if (slot >= this.slots) return VACANT;
    const row = slot * WORDS_PER_SLOT;
    const last = this.#rows[row + INCARNATION_WORD] ?? 0;
    if (last === 0 || incarnation > last) return VACANT;
    const owner = routeOf(this.#owners[Math.floor(slot / BLOCK_SLOTS)] ?? NOBODY);
    if (owner < 0) return owner;
    const state = this.#rows[row + STATE_WORD];
    if (state === FREE) return VACANT;
    if (incarnation < last) return STALE;
    return state === OPEN ? owner : TOMBSTONE;
  }

  ownerOf(slot: number): Route {
    if (slot >= this.slots) return VACANT;
    return routeOf(Atomics.load(this.#owners, Math.floor(slot / BLOCK_SLOTS)));
  }

  /** The state is stored last: a reader that sees it open sees the incarnation that it belongs to. */
  publish(slot: number, incarnation: number, state: RouteState): void {
    const row = slot * WORDS_PER_SLOT;
    const last = this.#rows[row + INCARNATION_WORD] ?? 0;
    assert(incarnation >= last, "an incarnation was published after a later one");
    if (incarnation !== last) Atomics.store(this.#rows, row + INCARNATION_WORD, incarnation);
    Atomics.store(this.#rows, row + STATE_WORD, STATE_CODES[state]);
  }

  lastIncarnation(slot: number): number {
    if (slot >= this.slots) return 0;
    return Atomics.load(this.#rows, slot * WORDS_PER_SLOT + INCARNATION_WORD);
  }

  /** Coordinator only, for a thread that has not started: its slots are free, their numbers go on. */
  give(range: SlotRange, thread: number): void {
    this.#forEachSlot(range, (slot) => {
      Atomics.store(this.#rows, slot * WORDS_PER_SLOT + STATE_WORD, FREE);
    });
    this.#setOwner(range, thread + 1);
  }

  /** Coordinator only: the thread is dead, and mail to its lives is dropped as that. */
  markDead(range: SlotRange): void {
    this.#setOwner(range, DEAD);
  }

  #setOwner({ firstSlot, slots }: SlotRange, owner: number): void {
    assert(firstSlot % BLOCK_SLOTS === 0 && slots % BLOCK_SLOTS === 0, "a range of whole blocks");
    const firstBlock = firstSlot / BLOCK_SLOTS;
    for (let block = firstBlock; block < firstBlock + slots / BLOCK_SLOTS; block += 1)
      Atomics.store(this.#owners, block, owner);
  }

  #forEachSlot({ firstSlot, slots }: SlotRange, visit: (slot: number) => void): void {
    for (let slot = firstSlot; slot < firstSlot + slots; slot += 1) visit(slot);
  }
}

function routeOf(owner: number): Route {
  if (owner === NOBODY) return VACANT;
  return owner === DEAD ? THREAD_DEAD : owner - 1;
}
