// The blocks that one thread allocates for bytes too large to copy into lanes. Allocation and freeing
// happen on this thread alone; a block that another thread releases comes back through a ring. Each
// block is held once: freeing it twice, or with the number of an earlier use, is an assertion.
import { assert } from "../assert.ts";
import { type ArenaView, BLOCK_BYTES_MAX, SEGMENT_UNITS, UNIT_BYTES } from "./slab-layout.ts";

/** 4 KiB, 8 KiB, ... 1 MiB. */
const SIZE_CLASSES = Math.log2(BLOCK_BYTES_MAX / UNIT_BYTES) + 1;

type Segment = {
  readonly firstUnit: number;
  sizeClass: number;
  usedBlocks: number;
};

export type Block = { readonly unit: number; readonly generation: number };

export class SlabArena {
  readonly view: ArenaView;
  readonly #segments: (Segment | undefined)[];
  /** First units of free blocks, by size class; the last freed is the first reused: its pages are warm. */
  readonly #free: number[][] = Array.from({ length: SIZE_CLASSES }, () => []);
  #usedBytes = 0;

  constructor(view: ArenaView) {
    this.view = view;
    this.#segments = new Array<Segment | undefined>(view.units / SEGMENT_UNITS).fill(undefined);
  }

  /** Bytes of blocks that somebody holds. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @param byteLength 1 to `BLOCK_BYTES_MAX`. @returns Undefined while the arena is exhausted. */
  allocate(byteLength: number): Block | undefined {
    assert(
      byteLength > 0 && byteLength <= BLOCK_BYTES_MAX,
      () => `a block of ${byteLength} bytes was asked for`,
    );
    const sizeClass = sizeClassOf(byteLength);
    const unit = this.#free[sizeClass]?.pop() ?? this.#growAndPop(sizeClass);
    if (unit === undefined) return undefined;
    this.#segmentOf(unit).usedBlocks += 1;
    this.#usedBytes += UNIT_BYTES << sizeClass;
    this.view.setHeld(unit, this.view.owner);
    return { unit, generation: this.view.nextGeneration(unit) };
  }

  free(unit: number, generation: number): void {
    assert(this.view.generation(unit) === generation, "a block came back from an earlier use");
    assert(!this.view.isFree(unit), "a block was released twice");
    const segment = this.#segmentOf(unit);
    this.view.setFree(unit);
    segment.usedBlocks -= 1;
    this.#usedBytes -= UNIT_BYTES << segment.sizeClass;
    this.#free[segment.sizeClass]?.push(unit);
  }

  /**
   * Frees what `thread` held, was sending or was to receive. Only when it is dead, everybody else has
   * emptied its lanes, and nobody sends to it any more. @returns Blocks found.
   */
  reclaim(thread: number): number {
    let found = 0;
    for (const segment of this.#segments) {
      if (segment === undefined) continue;
      const strideUnits = 1 << segment.sizeClass;
      const end = segment.firstUnit + SEGMENT_UNITS;
      for (let unit = segment.firstUnit; unit < end; unit += strideUnits) {
        if (!this.view.isTiedTo(unit, thread)) continue;
        this.free(unit, this.view.generation(unit));
        found += 1;
      }
    }
    return found;
  }

  #growAndPop(sizeClass: number): number | undefined {
    const index = this.#unusedSegment();
    if (index === undefined) return undefined;
    const firstUnit = index * SEGMENT_UNITS;
    this.#segments[index] = { firstUnit, sizeClass, usedBlocks: 0 };
    const free: number[] = [];
    for (let unit = SEGMENT_UNITS - (1 << sizeClass); unit >= 0; unit -= 1 << sizeClass)
      free.push(firstUnit + unit);
    this.#free[sizeClass] = free;
    return free.pop();
  }

  /** A segment never cut yet, or one whose blocks are all free. */
  #unusedSegment(): number | undefined {
    for (let index = 0; index < this.#segments.length; index += 1) {
      const segment = this.#segments[index];
      if (segment === undefined) return index;
      if (segment.usedBlocks === 0) {
        this.#forget(segment);
        return index;
      }
    }
    return undefined;
  }

  #forget(segment: Segment): void {
    const end = segment.firstUnit + SEGMENT_UNITS;
    const isElsewhere = (unit: number) => unit < segment.firstUnit || unit >= end;
    this.#free[segment.sizeClass] = (this.#free[segment.sizeClass] ?? []).filter(isElsewhere);
  }

  #segmentOf(unit: number): Segment {
    const segment = this.#segments[Math.floor(unit / SEGMENT_UNITS)];
    assert(segment !== undefined, "a block outside every segment");
    return segment;
  }
}

function sizeClassOf(byteLength: number): number {
  const units = Math.ceil(byteLength / UNIT_BYTES);
  return 32 - Math.clz32(units - 1);
}
