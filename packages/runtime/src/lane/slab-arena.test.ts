import { describe, expect, test } from "vitest";
import { type Block, SlabArena } from "./slab-arena.ts";
import { ArenaView, BLOCK_BYTES_MAX, createArenaMemory, UNIT_BYTES } from "./slab-layout.ts";

const OWNER = 3;

function arena(segments: number): SlabArena {
  return new SlabArena(new ArenaView(1, OWNER, createArenaMemory(segments * BLOCK_BYTES_MAX)));
}

function allocate(from: SlabArena, byteLength: number): Block {
  const block = from.allocate(byteLength);
  if (block === undefined) throw new Error("the arena is exhausted");
  return block;
}

describe("an arena", () => {
  test("gives blocks that do not overlap, in sizes of powers of two", () => {
    const slabs = arena(2);
    const sizes = [1, UNIT_BYTES, UNIT_BYTES + 1, 3 * UNIT_BYTES, 8 * UNIT_BYTES];
    const taken = new Set<number>();
    for (const [index, byteLength] of sizes.slice(0, 2).entries()) {
      const { unit } = allocate(slabs, byteLength);
      expect(taken.has(unit)).toBe(false);
      taken.add(unit);
      slabs.view.bytes(unit, byteLength).fill(index);
    }
    expect(slabs.usedBytes).toBe(2 * UNIT_BYTES);
    const { unit } = allocate(slabs, UNIT_BYTES + 1);
    expect(slabs.usedBytes).toBe(4 * UNIT_BYTES);
    expect(taken.has(unit) || taken.has(unit + 1)).toBe(false);
  });

  test("is exhausted at its bound and gives again what came back", () => {
    const slabs = arena(1);
    const blocks = Array.from({ length: 256 }, () => allocate(slabs, UNIT_BYTES));
    expect(new Set(blocks.map(({ unit }) => unit)).size).toBe(256);
    expect(slabs.allocate(1)).toBeUndefined();
    const last = blocks.at(-1) as Block;
    slabs.free(last.unit, last.generation);
    expect(allocate(slabs, 1).unit).toBe(last.unit);
  });

  test("turns a segment whose blocks are all free into blocks of another size", () => {
    const slabs = arena(1);
    const small = [allocate(slabs, 1), allocate(slabs, 1)];
    expect(slabs.allocate(BLOCK_BYTES_MAX)).toBeUndefined();
    for (const { unit, generation } of small) slabs.free(unit, generation);
    const large = allocate(slabs, BLOCK_BYTES_MAX);
    expect(slabs.usedBytes).toBe(BLOCK_BYTES_MAX);
    slabs.free(large.unit, large.generation);
    expect(allocate(slabs, 1).unit).toBeLessThan(256);
    expect(slabs.usedBytes).toBe(UNIT_BYTES);
  });

  test("asserts that a block is released once and by its own use", () => {
    const slabs = arena(1);
    const first = allocate(slabs, 1);
    slabs.free(first.unit, first.generation);
    expect(() => slabs.free(first.unit, first.generation)).toThrow(/released twice/);
    const second = allocate(slabs, 1);
    expect(second.unit).toBe(first.unit);
    expect(() => slabs.free(first.unit, first.generation)).toThrow(/earlier use/);
  });

  test("finds everything a dead thread held, was sending or was to receive, and nothing else", () => {
    const slabs = arena(2);
    const dead = 5;
    const [held, sending, receiving, own, others] = Array.from({ length: 5 }, () =>
      allocate(slabs, 9_000),
    ) as [Block, Block, Block, Block, Block];
    slabs.view.setHeld(held.unit, dead);
    slabs.view.setInTransit(sending.unit, dead, 7);
    slabs.view.setInTransit(receiving.unit, OWNER, dead);
    slabs.view.setInTransit(others.unit, OWNER, 7);
    expect(slabs.reclaim(dead)).toBe(3);
    expect(slabs.view.isFree(held.unit)).toBe(true);
    expect(slabs.view.isFree(own.unit) || slabs.view.isFree(others.unit)).toBe(false);
    expect(slabs.usedBytes).toBe(2 * 4 * UNIT_BYTES);
    expect(slabs.reclaim(dead)).toBe(0);
  });
});
