// What a tablet promises, on every engine.
import { KEY_BYTES_MAX } from "@multiraft/pd/protocol";
import { describe, expect, test } from "vitest";
import { TABLET_VALUE_BYTES_MAX, type TabletName } from "../src/tablet/tablet.ts";
import {
  ALL,
  bytes,
  del,
  ENGINES,
  key,
  metaAt,
  put,
  range,
  scanAll,
  shown,
  TABLET,
  text,
} from "./tablet-fixture.ts";

const LOW = String.fromCharCode(0);
const HIGH = String.fromCharCode(255);

describe.each(ENGINES)("tablet: $label", (kind) => {
  test("a new tablet is empty, and durable with its metadata", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    expect(scanAll(tablet)).toEqual([]);
    expect(tablet.meta).toEqual(metaAt(5));
    expect(tablet.durableIndex).toBe(5);
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(reopened.meta).toEqual(metaAt(5));
    reopened.close();
  });

  test("reads see a write as soon as it is applied, and after each flush", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("b", "1"), put("a", "2")], metaAt(6));
    const expectBoth = (): void => {
      expect(text(tablet.get(key("a")))).toBe("2");
      expect(scanAll(tablet)).toEqual(["a=2", "b=1"]);
    };
    expectBoth();
    expect(tablet.durableIndex).toBe(5);
    const flushing = tablet.flush();
    expectBoth();
    expect(await flushing).toBe(6);
    expect(tablet.durableIndex).toBe(6);
    expect(tablet.bufferedBytes).toBe(0);
    expectBoth();
    tablet.close();
  });

  test("writes during a flush wait for the next one", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("a", "old"), put("b", "old"), put("c", "old")], metaAt(6));
    const flushing = tablet.flush();
    tablet.apply([put("a", "new"), del("b"), put("d", "new")], metaAt(7));
    expect(await flushing).toBe(6);
    expect(scanAll(tablet)).toEqual(["a=new", "c=old", "d=new"]);
    expect(text(tablet.get(key("b")))).toBeUndefined();
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(reopened.meta.appliedIndex).toBe(6);
    expect(scanAll(reopened)).toEqual(["a=old", "b=old", "c=old"]);
    reopened.close();
  });

  test("what was applied and not flushed is lost by a reopening, metadata with it", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("kept", "1")], metaAt(6));
    await tablet.flush();
    tablet.apply([put("lost", "1"), del("kept")], metaAt(7));
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(scanAll(reopened)).toEqual(["kept=1"]);
    expect(reopened.meta).toEqual(metaAt(6));
    reopened.close();
  });

  test("metadata alone is flushed, and a flush of nothing returns at once", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    expect(tablet.flush()).toBe(5);
    tablet.apply([], metaAt(6));
    expect(await tablet.flush()).toBe(6);
    expect(tablet.flush()).toBe(6);
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(reopened.meta.appliedIndex).toBe(6);
    reopened.close();
  });

  test("keys of every byte are kept in byte order, buffered and committed", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    const keys = ["", LOW, LOW + LOW];
    for (let byte = 0; byte < 256; byte += 1) {
      keys.push(String.fromCharCode(byte), `m${String.fromCharCode(byte)}`);
    }
    const sorted = [...new Set(keys)].sort();
    tablet.apply(
      keys.map((at) => put(at, `v${at}`)),
      metaAt(6),
    );
    const expectAll = (): void => {
      expect(scanAll(tablet)).toEqual(sorted.map((at) => `${at}=v${at}`));
      for (const at of sorted) expect(text(tablet.get(key(at)))).toBe(`v${at}`);
      expect(scanAll(tablet, range(HIGH, ""))).toEqual([`${HIGH}=v${HIGH}`]);
      expect(scanAll(tablet, range("", LOW))).toEqual(["=v"]);
    };
    expectAll();
    await tablet.flush();
    expectAll();
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(scanAll(reopened)).toEqual(sorted.map((at) => `${at}=v${at}`));
    reopened.close();
  });

  test("the longest keys, empty values and values of 1 MiB survive", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    const longest = [`${"a".repeat(KEY_BYTES_MAX - 1)}${LOW}`, HIGH.repeat(KEY_BYTES_MAX)];
    const large = Buffer.alloc(1 << 20, "large");
    const writes = longest.map((at) => put(at, "long"));
    tablet.apply(
      [...writes, put("empty", ""), { kind: "put", key: key("large"), value: large }],
      metaAt(6),
    );
    await tablet.flush();
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    for (const at of longest) expect(text(reopened.get(key(at)))).toBe("long");
    expect(reopened.get(key("empty"))?.byteLength).toBe(0);
    expect(large.equals(reopened.get(key("large")) ?? bytes(""))).toBe(true);
    const pairs = reopened.scan(range("empty", "largf"), ALL, ALL * 2);
    expect(pairs.map((pair) => pair.value.byteLength)).toEqual([0, 1 << 20]);
    reopened.close();
  });

  test("what a read returned is not touched by later reads and commits", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("a", "first"), put("b", "second")], metaAt(6));
    await tablet.flush();
    const first = tablet.get(key("a"));
    const scanned = tablet.scan(range("", ""), ALL, ALL);
    tablet.apply([put("a", "XXXXX"), put("b", "YYYYYY")], metaAt(7));
    await tablet.flush();
    expect(text(tablet.get(key("b")))).toBe("YYYYYY");
    expect(text(first)).toBe("first");
    expect(shown(scanned)).toEqual(["a=first", "b=second"]);
    tablet.close();
  });

  test("a scan keeps its limits and gives at least one pair", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    const letters = [..."abcdefgh"];
    const expectLimits = (): void => {
      expect(shown(tablet.scan(range("", ""), 3, ALL))).toEqual([
        "a=12345678",
        "b=12345678",
        "c=12345678",
      ]);
      expect(tablet.scan(range("", ""), ALL, 1)).toHaveLength(1);
      expect(tablet.scan(range("", ""), ALL, 18)).toHaveLength(2);
      expect(tablet.scan(range("", ""), ALL, 19)).toHaveLength(3);
      expect(scanAll(tablet, range("c", "e"))).toEqual(["c=12345678", "d=12345678"]);
      expect(scanAll(tablet, range("bb", "bc"))).toEqual([]);
    };
    tablet.apply(
      letters.map((at) => put(at, "12345678")),
      metaAt(6),
    );
    expectLimits();
    await tablet.flush();
    expectLimits();
    tablet.apply([put("b", "12345678"), put("f", "12345678")], metaAt(7));
    expectLimits();
    tablet.close();
  });

  test("a view does not change while writes are applied, flushed and overwritten", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("a", "1"), put("b", "1")], metaAt(6));
    await tablet.flush();
    tablet.apply([put("b", "2"), put("c", "2")], metaAt(7));
    const view = tablet.openView();
    const seen = ["a=1", "b=2", "c=2"];
    tablet.apply([del("a"), put("c", "3"), put("d", "3")], metaAt(8));
    expect(scanAll(view)).toEqual(seen);
    const flushing = tablet.flush();
    const during = tablet.openView();
    tablet.apply([put("a", "4")], metaAt(9));
    expect(scanAll(view)).toEqual(seen);
    await flushing;
    await tablet.flush();
    expect(scanAll(view)).toEqual(seen);
    expect(view.meta.appliedIndex).toBe(7);
    expect(scanAll(during)).toEqual(["b=2", "c=3", "d=3"]);
    expect(during.meta.appliedIndex).toBe(8);
    view.close();
    view.close();
    during.close();
    expect(() => scanAll(view)).toThrow("closed");
    tablet.close();
  });

  test("views outlive the tablet and give the engine back when they close", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("a", "1")], metaAt(6));
    await tablet.flush();
    const view = tablet.openView();
    tablet.close();
    expect(scanAll(view)).toEqual(["a=1"]);
    view.close();
    t.engine.remove(TABLET);
    expect(t.engine.list()).toEqual([]);
  });

  test("trimming removes what is outside the range, in pieces, buffered writes included", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    const letters = [..."abcdefghijklmnop"];
    tablet.apply(
      letters.map((at) => put(at, "x".repeat(100))),
      metaAt(6),
    );
    await tablet.flush();
    const split = range("e", "h");
    tablet.apply([put("b", "buffered"), put("z", "buffered")], metaAt(7));
    tablet.apply([put("f", "inside")], metaAt(8, { range: split, isUntrimmed: true }));
    let pieces = 1;
    while (!(await tablet.trim(300))) pieces += 1;
    expect(pieces).toBeGreaterThan(2);
    const left = [`e=${"x".repeat(100)}`, "f=inside", `g=${"x".repeat(100)}`];
    expect(scanAll(tablet)).toEqual(left);
    expect(tablet.meta).toEqual(metaAt(8, { range: split }));
    expect(await tablet.trim(300)).toBe(true);
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(scanAll(reopened)).toEqual(left);
    expect(reopened.meta).toEqual(metaAt(8, { range: split }));
    reopened.close();
  });

  test("a split during a trim leaves the tablet untrimmed", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply(
      [..."abcdef"].map((at) => put(at, "1")),
      metaAt(6),
    );
    tablet.apply([], metaAt(7, { range: range("b", "f"), isUntrimmed: true }));
    const trimming = tablet.trim(ALL);
    tablet.apply([], metaAt(8, { range: range("b", "d"), isUntrimmed: true }));
    const isTrimmed = await trimming;
    if (trimming instanceof Promise) expect(isTrimmed).toBe(false);
    expect(tablet.meta.isUntrimmed).toBe(true);
    expect(await tablet.trim(ALL)).toBe(true);
    expect(scanAll(tablet)).toEqual(["b=1", "c=1"]);
    tablet.close();
  });

  test("writes during a trim stay, and the tablet is trimmed after it", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply(
      [..."abc"].map((at) => put(at, "1")),
      metaAt(6),
    );
    const split = { range: range("b", ""), isUntrimmed: true };
    tablet.apply([], metaAt(7, split));
    const trimming = tablet.trim(ALL);
    tablet.apply([put("d", "2")], { ...tablet.meta, appliedIndex: metaAt(8).appliedIndex });
    expect(await trimming).toBe(true);
    expect(tablet.meta.isUntrimmed).toBe(false);
    expect(await tablet.flush()).toBe(8);
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(scanAll(reopened)).toEqual(["b=1", "c=1", "d=2"]);
    expect(reopened.meta.isUntrimmed).toBe(false);
    reopened.close();
  });

  test("the middle key halves the data by size, buffered data included", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    expect(tablet.middleKey()).toBeUndefined();
    tablet.apply([put("000", "1")], metaAt(6));
    expect(tablet.middleKey()).toBeUndefined();
    const numbers = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, "0"));
    // The last hundred weigh as much as all others.
    const sizeOf = (n: number): number => (n < 900 ? 100 : 900);
    tablet.apply(
      numbers.map((at, n) => put(at, "x".repeat(sizeOf(n)))),
      metaAt(7),
    );
    const expectNear = (low: number, high: number): void => {
      const middle = Number(tablet.middleKey());
      expect(middle).toBeGreaterThanOrEqual(low);
      expect(middle).toBeLessThanOrEqual(high);
    };
    expectNear(880, 910);
    await tablet.flush();
    expectNear(870, 920);
    // The range halves: only what is inside counts.
    tablet.apply([], metaAt(8, { range: range("100", "300"), isUntrimmed: true }));
    expectNear(190, 210);
    await tablet.trim(ALL);
    tablet.apply([put("2", "y".repeat(50_000))], {
      ...tablet.meta,
      appliedIndex: metaAt(9).appliedIndex,
    });
    expectNear(2, 200);
    tablet.close();
  });

  test("a middle key always has data on both sides", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5, { range: range("a", "c") }));
    tablet.apply(
      [put("a", "x".repeat(1_000)), put("b", "1")],
      metaAt(6, { range: range("a", "c") }),
    );
    expect(tablet.middleKey()).toBe("b");
    await tablet.flush();
    expect(tablet.middleKey()).toBe("b");
    tablet.apply([put("b", "x".repeat(9_000))], metaAt(7, { range: range("a", "c") }));
    expect(tablet.middleKey()).toBe("b");
    tablet.apply([del("b")], metaAt(8, { range: range("a", "c") }));
    await tablet.flush();
    expect(tablet.middleKey()).toBeUndefined();
    tablet.close();
  });

  test("the approximations follow puts, overwrites and deletes, and survive a reopening", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    const expectNear = (from: typeof tablet, keys: number, sizeBytes: number): void => {
      expect(from.approximateKeys).toBe(keys);
      expect(from.approximateSizeBytes).toBeGreaterThan(0.9 * sizeBytes);
      expect(from.approximateSizeBytes).toBeLessThan(1.1 * sizeBytes);
    };
    const numbers = Array.from({ length: 400 }, (_, n) => `key${String(n).padStart(3, "0")}`);
    tablet.apply(
      numbers.map((at) => put(at, "x".repeat(94))),
      metaAt(6),
    );
    expectNear(tablet, 400, 40_000);
    await tablet.flush();
    expectNear(tablet, 400, 40_000);
    tablet.apply(
      numbers.slice(0, 200).map((at) => put(at, "x".repeat(44))),
      metaAt(7),
    );
    await tablet.flush();
    expectNear(tablet, 400, 30_000);
    tablet.apply(numbers.slice(300).map(del), metaAt(8));
    await tablet.flush();
    const sizeBytes = tablet.approximateSizeBytes;
    expectNear(tablet, 300, sizeBytes);
    expect(sizeBytes).toBeGreaterThan(15_000);
    expect(sizeBytes).toBeLessThan(25_000);
    tablet.close();
    const reopened = await t.reopenEngine().open(TABLET);
    expect(reopened.approximateKeys).toBe(300);
    expect(reopened.approximateSizeBytes).toBe(sizeBytes);
    reopened.close();
  });

  test("a build becomes a tablet when it is finished", async () => {
    await using t = kind.open();
    const builder = t.engine.build(TABLET);
    await builder.addPairs([{ key: key(""), value: bytes("lowest") }]);
    for (let n = 0; n < 10; n += 1) {
      const pairs = Array.from({ length: 100 }, (_, m) => ({
        key: key(`k${n}${String(m).padStart(2, "0")}`),
        value: bytes(`${n}`),
      }));
      await builder.addPairs(pairs);
    }
    await builder.finish(metaAt(9));
    const tablet = await t.reopenEngine().open(TABLET);
    expect(tablet.meta).toEqual(metaAt(9));
    expect(scanAll(tablet)).toHaveLength(1_001);
    expect(text(tablet.get(key("k305")))).toBe("3");
    expect(tablet.approximateKeys).toBe(1_001);
    tablet.apply([put("k305", "new")], metaAt(10));
    expect(await tablet.flush()).toBe(10);
    expect(text(tablet.get(key("k305")))).toBe("new");
    tablet.close();
  });

  test("a discarded build leaves nothing; pairs out of order are an assertion", async () => {
    await using t = kind.open();
    const builder = t.engine.build(TABLET);
    await builder.addPairs([{ key: key("b"), value: bytes("1") }]);
    await expect(async () =>
      builder.addPairs([{ key: key("a"), value: bytes("1") }]),
    ).rejects.toThrow("order");
    builder.discard();
    builder.discard();
    await expect(async () => builder.finish(metaAt(9))).rejects.toThrow();
    expect(t.reopenEngine().list()).toEqual([]);
    const again = t.engine.build({ ...TABLET, generation: 2 });
    await again.finish(metaAt(9));
    expect(() => again.discard()).toThrow("finished");
  });

  test("a tablet that is not there is a coded error and is not made", async () => {
    await using t = kind.open();
    const opening = async (): Promise<unknown> => t.engine.open(TABLET);
    await expect(opening()).rejects.toMatchObject({ code: "ERR_MULTIRAFT_TABLET_MISSING" });
    expect(t.engine.list()).toEqual([]);
    expect(t.engine.openTablets).toBe(0);
    t.engine.remove(TABLET);
  });

  test("the list is in a fixed order and loses what is removed", async () => {
    await using t = kind.open();
    const names: TabletName[] = [
      { regionId: 10, life: 1, generation: 1 },
      { regionId: 2, life: 4, generation: 2 },
      { regionId: 2, life: 4, generation: 11 },
    ];
    for (const name of names) (await t.engine.create(name, metaAt(5))).close();
    expect(t.reopenEngine().list()).toEqual([names[1], names[2], names[0]]);
    t.engine.remove({ regionId: 2, life: 4, generation: 2 });
    expect(t.engine.list()).toEqual([names[2], names[0]]);
  });

  test("closing is harmless when repeated, use after it is an assertion", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    expect(() => t.engine.remove(TABLET)).toThrow("open");
    await expect(async () => t.engine.open(TABLET)).rejects.toThrow("open already");
    expect(t.engine.openTablets).toBe(1);
    tablet.close();
    tablet.close();
    expect(tablet.isClosed).toBe(true);
    expect(t.engine.openTablets).toBe(0);
    expect(() => tablet.get(key("a"))).toThrow("closed");
    expect(() => tablet.flush()).toThrow("closed");
    expect(() => tablet.openView()).toThrow("closed");
    expect(() => tablet.apply([], metaAt(6))).toThrow("closed");
    t.engine.close();
    await expect(async () => t.engine.open(TABLET)).rejects.toThrow("closed engine");
  });

  test("an index that does not grow, a lost untrimmed mark and a long key are assertions", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    expect(() => tablet.apply([], metaAt(5))).toThrow("grow");
    expect(() => tablet.apply([], metaAt(6, { range: range("a", "") }))).toThrow("shrank");
    tablet.apply([], metaAt(6, { range: range("a", ""), isUntrimmed: true }));
    expect(() => tablet.apply([], metaAt(7, { range: range("a", "") }))).toThrow("trim");
    expect(() =>
      tablet.apply([put("k".repeat(KEY_BYTES_MAX + 1), "")], metaAt(7, { isUntrimmed: true })),
    ).toThrow("bytes");
    const tooLarge = {
      kind: "put",
      key: key("k"),
      value: Buffer.alloc(TABLET_VALUE_BYTES_MAX + 1),
    } as const;
    expect(() => tablet.apply([tooLarge], metaAt(7, { isUntrimmed: true }))).toThrow("bytes");
    tablet.close();
  });

  test("a close during a flush lets the flush end", async () => {
    await using t = kind.open();
    const tablet = await t.engine.create(TABLET, metaAt(5));
    tablet.apply([put("a", "1")], metaAt(6));
    const flushing = tablet.flush();
    tablet.close();
    expect(await flushing).toBe(6);
    const reopened = await t.reopenEngine().open(TABLET);
    expect(scanAll(reopened)).toEqual(["a=1"]);
    reopened.close();
  });
});
