// All blocks a thread can meet: those of its own arena, and those of others that came with mail. A block
// is named across threads by four numbers; while it travels, its holder word says from where to where.
import { assert } from "../assert.ts";
import type { PayloadAllocator, PayloadBlock } from "../kernel/payload-allocator.ts";
import { type Block, SlabArena } from "./slab-arena.ts";
import { type ArenaView, BLOCK_BYTES_MAX, UNIT_BYTES } from "./slab-layout.ts";

/** Words of a block's name in a record: arena, unit, generation, length in bytes. */
export const BLOCK_NAME_WORDS = 4;

/** One block in the hands of this thread. */
export class SlabBlock implements PayloadBlock {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly arena: ArenaView;
  readonly block: Block;
  readonly #store: SlabStore;

  constructor(store: SlabStore, arena: ArenaView, block: Block, byteLength: number) {
    this.#store = store;
    this.arena = arena;
    this.block = block;
    this.bytes = arena.bytes(block.unit, byteLength);
  }

  release(): void {
    this.#store.release(this);
  }
}

/** What the store needs of the links to other threads. */
export type BlockReturns = {
  /** Brings a released block back to its owner, if that still lives. */
  giveBack(arena: ArenaView, block: Block): void;
  /** Takes back what others have released. */
  collect(): void;
  /** A holder on this thread has released a block of its own: there may be room for what waits. */
  freed(): void;
};

export class SlabStore implements PayloadAllocator {
  readonly #thread: number;
  readonly #own: SlabArena;
  readonly #arenas = new Map<number, ArenaView>();
  /** Arenas of dead threads, by id: what names them may still arrive, but is no longer sent. */
  readonly #retired = new Set<number>();
  readonly #returns: BlockReturns;

  constructor(own: ArenaView, returns: BlockReturns) {
    this.#thread = own.owner;
    this.#own = new SlabArena(own);
    this.#returns = returns;
    this.#arenas.set(own.id, own);
  }

  /** Bytes of own blocks held anywhere. */
  get usedBytes(): number {
    return this.#own.usedBytes;
  }

  /** Bytes of all blocks that there can be at one time. */
  get ownBytes(): number {
    return this.#own.view.units * UNIT_BYTES;
  }

  get arenaCount(): number {
    return this.#arenas.size;
  }

  addArena(arena: ArenaView): void {
    this.#arenas.set(arena.id, arena);
  }

  /** Its owner is dead: from here on this thread names none of its blocks to others. */
  retireArena(id: number): void {
    this.#retired.add(id);
  }

  /** No record that names it can arrive any more. Blocks still held stay readable. */
  forgetArena(id: number): void {
    this.#arenas.delete(id);
    this.#retired.delete(id);
  }

  allocate(byteLength: number): SlabBlock | undefined {
    const block = this.#own.allocate(byteLength) ?? this.#collectAndAllocate(byteLength);
    return block && new SlabBlock(this, this.#own.view, block, byteLength);
  }

  /** All blocks for `byteLength` bytes, or none. */
  allocateChain(byteLength: number): SlabBlock[] | undefined {
    const chain: SlabBlock[] = [];
    for (let left = byteLength; left > 0; left -= BLOCK_BYTES_MAX) {
      const block = this.allocate(Math.min(left, BLOCK_BYTES_MAX));
      if (block === undefined) {
        this.undo(chain);
        return undefined;
      }
      chain.push(block);
    }
    return chain;
  }

  release(block: SlabBlock): void {
    if (block.arena !== this.#own.view) return this.#returns.giveBack(block.arena, block.block);
    this.takeBack(block.block);
    this.#returns.freed();
  }

  /** Blocks that were allocated and not used after all: no more room than there was before. */
  undo(blocks: readonly SlabBlock[]): void {
    for (const { block } of blocks) this.takeBack(block);
  }

  /** A block of this thread's arena has come home. */
  takeBack({ unit, generation }: Block): void {
    this.#own.free(unit, generation);
  }

  /** Frees what a dead thread held of this arena; see `SlabArena.reclaim`. */
  reclaim(thread: number): number {
    return this.#own.reclaim(thread);
  }

  /** False when the owner of its arena is dead: others may have forgotten it. */
  canSend(block: SlabBlock): boolean {
    const { id } = block.arena;
    return this.#arenas.has(id) && !this.#retired.has(id);
  }

  /** Writes the block's name into a record for thread `to`. The record must be published after this. */
  writeName(words: Int32Array, at: number, block: SlabBlock, to: number): void {
    const { unit, generation } = block.block;
    words[at] = block.arena.id;
    words[at + 1] = unit;
    words[at + 2] = generation;
    words[at + 3] = block.bytes.length;
    block.arena.setInTransit(unit, this.#thread, to);
  }

  /** Takes over the block that a record names. */
  take(words: Int32Array, at: number): SlabBlock {
    const arena = this.#arenas.get(words[at] ?? -1);
    assert(arena !== undefined, "a record names a block of an unknown arena");
    const block = { unit: words[at + 1] ?? -1, generation: words[at + 2] ?? -1 };
    assert(arena.generation(block.unit) === block.generation, "a block was reused in transit");
    arena.setHeld(block.unit, this.#thread);
    return new SlabBlock(this, arena, block, words[at + 3] ?? 0);
  }

  #collectAndAllocate(byteLength: number): Block | undefined {
    this.#returns.collect();
    return this.#own.allocate(byteLength);
  }
}
