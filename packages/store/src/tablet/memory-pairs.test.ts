// The memory engine's pairs against a plain model: writes, folds, clones, pieces taken over as blocks.
import { EMPTY_KEY, type Key, type KeyRange } from "@multiraft/pd/protocol";
import { Sfc32 } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import { BlockMemory } from "./block-memory.ts";
import { MemoryPairs } from "./memory-pairs.ts";
import { adoptPiece, decodePairs, encodePairs } from "./pair-block.ts";
import type { Pair } from "./tablet.ts";

/** So small that every path is taken within a few hundred writes. */
const LIMITS = { blockBytes: 200, deltaBytesMin: 60 };
const ALL: KeyRange = { start: EMPTY_KEY, end: EMPTY_KEY };

type Model = Map<string, string>;

function pairsOf(model: Model, { start, end }: KeyRange): string[] {
  return [...model]
    .filter(([key]) => key >= start && (end === EMPTY_KEY || key < end))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
}

function shown(pairs: readonly Pair[]): string[] {
  return pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString("latin1")}`);
}

/** All pieces of the range, one after the other. */
function streamed(pairs: MemoryPairs, range: KeyRange, limitBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let { start } = range;
  for (;;) {
    const piece = pairs.piece({ start, end: range.end }, limitBytes);
    if (piece === undefined) return pieces;
    const bytes = new Uint8Array(piece.byteLength);
    piece.writeTo(bytes);
    expect(piece.count === 1 || piece.byteLength <= limitBytes).toBe(true);
    pieces.push(bytes);
    start = `${piece.lastKey}\0` as Key;
  }
}

function sizeOf(model: Model): number {
  return [...model].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

function write(pairs: MemoryPairs, model: Model, key: string, value: string | null): void {
  pairs.write(key as Key, value === null ? null : Buffer.from(value, "latin1"));
  if (value === null) model.delete(key);
  else model.set(key, value);
}

function expectSame(pairs: MemoryPairs, model: Model): void {
  expect(shown(pairs.all())).toEqual(pairsOf(model, ALL));
  expect([pairs.count, pairs.sizeBytes]).toEqual([model.size, sizeOf(model)]);
}

describe.each([1, 2, 3, 4])("seed %i", (seed) => {
  const random = new Sfc32(seed);
  const key = (): string => {
    const text = `${random.below(150)}`;
    // Bytes above 127, keys that begin with other keys, the empty key.
    return random.below(3) === 0 ? `${text}\xff\0` : random.below(40) === 0 ? "" : text;
  };
  const value = (): string => "v".repeat(random.below(30)) + random.below(1_000);

  test("reads, scans and sizes are those of a plain map", () => {
    const pairs = new MemoryPairs(LIMITS);
    const model: Model = new Map();
    for (let step = 0; step < 1_500; step += 1) {
      // In phases, so that leaves are filled and emptied.
      const isDelete = random.below(10) < (Math.floor(step / 300) % 2 === 0 ? 2 : 8);
      write(pairs, model, key(), isDelete ? null : value());
      const probe = key();
      const found = pairs.get(probe as Key);
      expect(found && Buffer.from(found).toString("latin1")).toBe(model.get(probe));
      if (step % 50 === 0) {
        expectSame(pairs, model);
        const [start, end] = [key(), `${key()}~`].sort() as [Key, Key];
        const page = pairs.page({ start, end }, 1_000, 1e9);
        expect(shown(page.pairs)).toEqual(pairsOf(model, { start, end }));
      }
    }
  });

  test("a clone is not changed by the other, whichever is written", () => {
    const pairs = new MemoryPairs(LIMITS);
    const model: Model = new Map();
    const clones: { readonly pairs: MemoryPairs; readonly model: Model }[] = [{ pairs, model }];
    for (let step = 0; step < 1_000; step += 1) {
      const at = clones[random.below(clones.length)] ?? { pairs, model };
      write(at.pairs, at.model, key(), random.below(3) === 0 ? null : value());
      if (step % 100 === 99) clones.push({ pairs: at.pairs.clone(), model: new Map(at.model) });
    }
    for (const clone of clones) expectSame(clone.pairs, clone.model);
  });

  test("pieces make the same pairs elsewhere, and are written like any others there", () => {
    const pairs = new MemoryPairs(LIMITS);
    const model: Model = new Map();
    for (let step = 0; step < 600; step += 1)
      write(pairs, model, key(), random.below(4) === 0 ? null : value());
    const [start, end] = [key(), `${key()}~`].sort() as [Key, Key];
    for (const range of [ALL, { start, end }])
      for (const limitBytes of [1, 40, 150, 1_000, 1e6]) {
        const pieces = streamed(pairs, range, limitBytes);
        expect(pieces.flatMap((piece) => shown(decodePairs(piece)))).toEqual(pairsOf(model, range));
        const copy = new MemoryPairs(LIMITS);
        for (const piece of pieces) {
          const block = adoptPiece(piece);
          if (block !== undefined) copy.append(block);
          // It has gone back to its owner.
          piece.fill(0xaa);
        }
        const copied: Model = new Map(
          pairsOf(model, range).map((text) => text.split("=") as [string, string]),
        );
        expectSame(copy, copied);
        for (let step = 0; step < 100; step += 1)
          write(copy, copied, key(), random.below(3) === 0 ? null : value());
        expectSame(copy, copied);
      }
    expectSame(pairs, model);
  });
});

test.each([0, 3, 10, 19])(
  "a stream that begins with pair %i of a leaf has none before it",
  (first) => {
    const value = "v".repeat(50);
    const keys = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, "0"));
    const model: Model = new Map(keys.map((key) => [key, value]));
    const sent = keys.map((key) => ({ key: key as Key, value: Buffer.from(value) }));
    const pairs = new MemoryPairs(LIMITS);
    const block = adoptPiece(encodePairs(sent));
    if (block !== undefined) pairs.append(block);
    // One leaf that is written above its block: the first look folds it into several.
    write(pairs, model, "01", "w");
    const range: KeyRange = { start: (keys[first] ?? "") as Key, end: EMPTY_KEY };
    const pieces = streamed(pairs, range, 1e6);
    expect(pieces.flatMap((piece) => shown(decodePairs(piece)))).toEqual(pairsOf(model, range));
  },
);

test("a piece that does not hold what its header says is refused", () => {
  const piece = encodePairs([
    { key: "a" as Key, value: Buffer.from("1") },
    { key: "b" as Key, value: Buffer.from("2") },
  ]);
  Buffer.from(piece.buffer).writeUInt32LE(3, 0);
  expect(() => adoptPiece(piece)?.lowerBound("aa" as Key)).toThrow();
});

test("a small value keeps nothing of the message that it came in", () => {
  const pairs = new MemoryPairs();
  const message = new ArrayBuffer(24 * 1_024);
  pairs.write("small" as Key, new Uint8Array(message, 5, 100).fill(7));
  pairs.write("large" as Key, new Uint8Array(message, 200));
  new Uint8Array(message, 0, 200).fill(0);
  const [large, small] = pairs.all();
  expect(small?.value).toEqual(new Uint8Array(100).fill(7));
  expect(small?.value.buffer.byteLength).toBe(100);
  // Of which the value is nearly all: a copy would save nothing.
  expect(large?.value.buffer).toBe(message);
});

describe("blocks of memory that is used again", () => {
  const UNIT_BYTES = 1024 * 1024;
  /** One piece of about the size that is kept. */
  const pieceOf = (fill: string): Uint8Array =>
    encodePairs(
      Array.from({ length: 200 }, (_, index) => ({
        key: `${fill}${String(index).padStart(3, "0")}` as Key,
        value: Buffer.from(fill.repeat(5_000)),
      })),
    );
  const taken = (memory: BlockMemory, fill: string): MemoryPairs => {
    const pairs = new MemoryPairs();
    const block = adoptPiece(pieceOf(fill), memory);
    if (block !== undefined) pairs.append(block);
    return pairs;
  };
  const first = "a000" as Key;

  test("what was read stays as it was when its memory holds something else", () => {
    const memory = new BlockMemory();
    const pairs = taken(memory, "a");
    const value = pairs.get(first);
    const [scanned] = pairs.page(ALL, 1, 1).pairs;
    pairs.close();
    expect(memory.readyBytes).toBe(UNIT_BYTES);
    const next = taken(memory, "b");
    expect(memory.readyBytes).toBe(0);
    expect(next.count).toBe(200);
    for (const read of [value, scanned?.value])
      expect(Buffer.from(read ?? []).toString()).toBe("a".repeat(5_000));
  });

  test("it comes back when the last who has it lets go, whichever that is", () => {
    for (const lastIsTwin of [true, false]) {
      const memory = new BlockMemory();
      const pairs = taken(memory, "a");
      const twin = pairs.clone();
      const [before, after] = lastIsTwin ? [pairs, twin] : [twin, pairs];
      before.close();
      expect(memory.readyBytes).toBe(0);
      expect(after.count).toBe(200);
      expect(after.get(first)?.byteLength).toBe(5_000);
      after.close();
      expect(memory.readyBytes).toBe(UNIT_BYTES);
      expect(() => after.get(first)).toThrow(/after their end/);
    }
  });

  test("a piece that was cut and not written is refused when its block has ended", () => {
    const memory = new BlockMemory();
    const pairs = taken(memory, "a");
    const piece = pairs.piece(ALL, 1e6);
    pairs.close();
    const into = new Uint8Array(piece?.byteLength ?? 0);
    expect(() => piece?.writeTo(into)).toThrow(/given back/);
  });

  test("what was folded away is nobody's to use again: older views may show it", () => {
    const memory = new BlockMemory();
    const pairs = taken(memory, "a");
    const view = pairs.clone();
    for (let index = 0; index < 200; index += 1)
      pairs.write(`a${String(index).padStart(3, "0")}` as Key, Buffer.alloc(5_000, 0xee));
    pairs.close();
    expect(Buffer.from(view.get(first) ?? []).toString()).toBe("a".repeat(5_000));
    view.close();
    expect(memory.readyBytes).toBe(0);
  });

  test("small blocks have memory of their own size, and no more than 64 units lie ready", () => {
    const memory = new BlockMemory();
    memory.give(memory.take(1_000));
    memory.give(memory.take(UNIT_BYTES + 1));
    expect(memory.readyBytes).toBe(0);
    const units = Array.from({ length: 70 }, () => memory.take(UNIT_BYTES));
    for (const unit of units) memory.give(unit);
    expect(memory.readyBytes).toBe(64 * UNIT_BYTES);
  });

  test("memory that comes back twice would be two blocks' at once", () => {
    const memory = new BlockMemory();
    const unit = memory.take(UNIT_BYTES);
    memory.give(unit);
    expect(() => memory.give(unit)).toThrow(/twice/);
  });
});
