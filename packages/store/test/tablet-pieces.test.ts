// Pairs of a tablet as pieces of a stream, from every engine into every engine.
import type { KeyRange } from "@multiraft/pd/protocol";
import { describe, expect, test } from "vitest";
import { keyAfter } from "../src/tablet/frozen-view.ts";
import type { TabletBuilder, TabletView } from "../src/tablet/tablet.ts";
import {
  ALL,
  del,
  ENGINES,
  key,
  metaAt,
  put,
  range,
  shown,
  TABLET,
  text,
} from "./tablet-fixture.ts";

const PAIRS = 3_000;
const keyOf = (n: number): string => `k${String(n).padStart(5, "0")}`;

/** Memory that is given back, and used for something else, after each piece. */
async function stream(
  view: TabletView,
  within: KeyRange,
  limitBytes: number,
  builder: TabletBuilder,
): Promise<number> {
  let pieces = 0;
  for (let { start } = within; ; pieces += 1) {
    const piece = view.piece({ start, end: within.end }, limitBytes);
    if (piece === undefined) return pieces;
    const memory = new Uint8Array(new SharedArrayBuffer(piece.byteLength));
    piece.writeTo(memory);
    const added = builder.addPiece(memory);
    memory.fill(0xee);
    await added;
    start = keyAfter(piece.lastKey);
  }
}

const PAIRED = ENGINES.flatMap((from) => ENGINES.map((to) => ({ from, to })));

describe.each(PAIRED)("from $from.label into $to.label", ({ from, to }) => {
  test.each([
    ["all of it in large pieces", range("", ""), 1 << 20, 1],
    ["all of it in pieces of a few pairs", range("", ""), 2_000, 100],
    ["a part of it", range(keyOf(700), keyOf(2_100)), 64 * 1_024, 2],
  ])("%s arrives as it was when the view was opened", async (_name, within, limitBytes, least) => {
    await using source = from.open();
    await using target = to.open();
    const tablet = await source.engine.create(TABLET, metaAt(5));
    const numbers = Array.from({ length: PAIRS }, (_, n) => n);
    tablet.apply(
      numbers.map((n) => put(keyOf(n), `${n}`.padEnd(100, "x"))),
      metaAt(6),
    );
    await tablet.flush();
    // Overwritten, deleted and added since: some of it committed, some of it buffered.
    tablet.apply(
      [...numbers.filter((n) => n % 7 === 0).map((n) => put(keyOf(n), "y")), del(keyOf(1_001))],
      metaAt(7),
    );
    await tablet.flush();
    tablet.apply(
      numbers.filter((n) => n % 11 === 0).flatMap((n) => [del(keyOf(n)), put(`${keyOf(n)}+`, "")]),
      metaAt(8),
    );
    const view = tablet.openView();
    const expected = shown(view.scan(within, ALL, Number.MAX_SAFE_INTEGER));
    expect(expected.length).toBeGreaterThan(1_000);
    tablet.apply(
      numbers.map((n) => put(keyOf(n), "later")),
      metaAt(9),
    );
    await tablet.flush();

    const builder = target.engine.build(TABLET);
    expect(await stream(view, within, limitBytes, builder)).toBeGreaterThanOrEqual(least);
    view.close();
    await builder.finish(metaAt(8));
    const received = await target.reopenEngine().open(TABLET);
    expect(shown(received.scan(range("", ""), ALL, Number.MAX_SAFE_INTEGER))).toEqual(expected);
    expect(received.approximateKeys).toBe(expected.length);
    received.apply([put(keyOf(1), "after"), del(keyOf(701))], metaAt(10));
    await received.flush();
    expect(text(received.get(key(keyOf(1))))).toBe("after");
    expect(received.get(key(keyOf(701)))).toBeUndefined();
    received.close();
    tablet.close();
  });
});

test.each(ENGINES)("$label: pieces out of order are an assertion", async (kind) => {
  await using t = kind.open();
  const tablet = await t.engine.create(TABLET, metaAt(5));
  const value = "v".repeat(20_000);
  tablet.apply([put("a", value), put("b", value)], metaAt(6));
  const view = tablet.openView();
  const piece = view.piece(range("", ""), 20_100);
  const memory = new Uint8Array(piece?.byteLength ?? 0);
  piece?.writeTo(memory);
  const builder = t.engine.build({ ...TABLET, generation: 2 });
  await builder.addPiece(memory);
  await expect(async () => builder.addPiece(memory)).rejects.toThrow("order");
  builder.discard();
  view.close();
  tablet.close();
});
