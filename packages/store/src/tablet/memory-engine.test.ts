// What a volatile engine leaves to the engines after it on its thread: the memory of its blocks, once nobody reads them.
import { EMPTY_KEY, type Key } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { metaAt, TABLET } from "../../test/tablet-fixture.ts";
import { CHUNK_BYTES_MAX } from "../peer/tuning.ts";
import { threadBlocks } from "./block-memory.ts";
import { openVolatileMemoryEngine } from "./memory-engine.ts";
import { encodePairs } from "./pair-block.ts";
import type { Tablet, TabletEngine } from "./tablet.ts";

/** Of which memory is kept: the largest piece of a stream. */
const UNIT_BYTES = CHUNK_BYTES_MAX;

/** A tablet of two blocks, as a stream brings it. */
function received(engine: TabletEngine, fill: string): Tablet {
  const builder = engine.build(TABLET);
  for (const half of ["a", "b"]) {
    const pairs = Array.from({ length: 180 }, (_, index) => ({
      key: `${half}${String(index).padStart(3, "0")}` as Key,
      value: Buffer.from(fill.repeat(5_000)),
    }));
    builder.addPiece(encodePairs(pairs));
  }
  builder.finish(metaAt(5));
  return engine.open(TABLET) as Tablet;
}

const lastValue = (tablet: Tablet): string =>
  Buffer.from(tablet.get("b179" as Key) ?? []).toString();

test("a removed tablet's memory holds the next one, and an open view keeps its own", () => {
  const before = threadBlocks().readyBytes;
  const engine = openVolatileMemoryEngine();
  const tablet = received(engine, "x");
  const read = lastValue(tablet);
  const view = tablet.openView();
  tablet.close();
  engine.remove(TABLET);
  expect(threadBlocks().readyBytes).toBe(before);
  const next = received(openVolatileMemoryEngine(), "y");
  const seen = view.scan({ start: "b179" as Key, end: EMPTY_KEY }, 1, 1);
  expect(Buffer.from(seen[0]?.value ?? []).toString()).toBe("x".repeat(5_000));
  view.close();
  expect(threadBlocks().readyBytes).toBe(before + 2 * UNIT_BYTES);
  const last = received(openVolatileMemoryEngine(), "z");
  expect(threadBlocks().readyBytes).toBe(before);
  expect([read, lastValue(next), lastValue(last)].map((value) => value[0])).toEqual([
    "x",
    "y",
    "z",
  ]);
  expect(next.scan({ start: EMPTY_KEY, end: EMPTY_KEY }, 1_000, UNIT_BYTES * 4)).toHaveLength(360);
});

test("a closed engine leaves what was never removed, an abandoned build what it had taken", () => {
  const before = threadBlocks().readyBytes;
  const engine = openVolatileMemoryEngine();
  received(engine, "x").close();
  engine.close();
  expect(threadBlocks().readyBytes).toBe(before + 2 * UNIT_BYTES);
  const builder = openVolatileMemoryEngine().build(TABLET);
  const pairs = [{ key: "a" as Key, value: new Uint8Array(0.9 * UNIT_BYTES) }];
  builder.addPiece(encodePairs(pairs));
  expect(threadBlocks().readyBytes).toBe(before + UNIT_BYTES);
  builder.discard();
  expect(threadBlocks().readyBytes).toBe(before + 2 * UNIT_BYTES);
});
