// What power cuts, damage and failing syncs do to a durable memory tablet.
import { Sfc32 } from "@multiraft/runtime";
import { type KeptAtCrash, MemoryDisk } from "@multiraft/runtime/testing";
import { describe, expect, test } from "vitest";
import { openMemoryEngine } from "../src/tablet/memory-engine.ts";
import type { Tablet, TabletEngine } from "../src/tablet/tablet.ts";
import { ALL, key, metaAt, put, range, scanAll, TABLET } from "./tablet-fixture.ts";

const JOURNAL = "/tablets/7_3_1/commits";
const code = (wanted: string) =>
  expect.objectContaining({ code: `ERR_MULTIRAFT_TABLET_${wanted}` });

type Opened = { disk: MemoryDisk; engine: () => TabletEngine; tablet: Tablet };

function opened(): Opened {
  const disk = new MemoryDisk();
  const engine = (): TabletEngine => openMemoryEngine(disk, "/tablets");
  engine();
  disk.syncDirectory("/");
  return { disk, engine, tablet: engine().create(TABLET, metaAt(5)) as Tablet };
}

const reopen = (engine: () => TabletEngine): Tablet => engine().open(TABLET) as Tablet;

function commit(tablet: Tablet, index: number): void {
  tablet.apply([put(`k${index}`, String(index))], metaAt(index));
  tablet.flush();
}

function damage(disk: MemoryDisk, at: number): void {
  const file = disk.open(JOURNAL, "read-write");
  const byte = new Uint8Array(1);
  file.readAt(byte, at);
  file.writeAt(Uint8Array.of((byte[0] ?? 0) ^ 0xff), at);
  file.syncData();
  file.close();
}

describe("memory tablet over a disk", () => {
  test("a power cut keeps every flushed commit and nothing of the others", () => {
    const { disk, engine, tablet } = opened();
    commit(tablet, 6);
    tablet.apply([put("b", "1")], metaAt(7));
    disk.crash();
    const after = reopen(engine);
    expect(after.meta).toEqual(metaAt(6));
    expect(scanAll(after)).toEqual(["k6=6"]);
  });

  test("a record torn at any byte is cut, and the tablet goes on behind the last whole one", () => {
    const whole = opened();
    commit(whole.tablet, 6);
    const syncedBytes = whole.disk.readFile(JOURNAL).byteLength;
    commit(whole.tablet, 7);
    const recordBytes = whole.disk.readFile(JOURNAL).byteLength - syncedBytes;
    for (let tornBytes = 0; tornBytes < recordBytes; tornBytes += 1) {
      const { disk, engine, tablet } = opened();
      commit(tablet, 6);
      disk.crashAfter(0, { tornBytes });
      expect(() => commit(tablet, 7)).toThrow();
      disk.crash("everything");
      const after = reopen(engine);
      expect(after.meta.appliedIndex).toBe(6);
      commit(after, 7);
      after.close();
      expect(scanAll(reopen(engine))).toEqual(["k6=6", "k7=7"]);
    }
  });

  test("damage before the last record is reported, not cut, wherever it is", () => {
    const { disk, engine, tablet } = opened();
    commit(tablet, 6);
    const endBytes = disk.readFile(JOURNAL).byteLength;
    commit(tablet, 7);
    tablet.close();
    for (let at = 0; at < endBytes; at += 1) {
      damage(disk, at);
      const reopened = engine();
      expect(() => reopened.open(TABLET)).toThrow(code("CORRUPT"));
      expect(reopened.openTablets).toBe(0);
      damage(disk, at);
    }
    expect(reopen(engine).meta.appliedIndex).toBe(7);
  });

  test("a tablet without a whole first record is damaged: it was durable before anybody named it", () => {
    const { disk, engine, tablet } = opened();
    tablet.close();
    damage(disk, 20);
    expect(() => engine().open(TABLET)).toThrow(code("CORRUPT"));
  });

  test("after a failed sync reads still answer, and no commit is promised, not even by a reopening", () => {
    const { disk, engine, tablet } = opened();
    disk.failSyncs();
    expect(() => commit(tablet, 6)).toThrow(code("COMMIT_FAILED"));
    expect(scanAll(tablet)).toEqual(["k6=6"]);
    tablet.apply([put("k7", "7")], metaAt(7));
    expect(scanAll(tablet)).toEqual(["k6=6", "k7=7"]);
    expect(() => tablet.flush()).toThrow("earlier commit failed");
    tablet.close();
    const after = reopen(engine);
    expect(after.durableIndex).toBe(5);
    after.close();
    disk.crash();
    expect(reopen(engine).durableIndex).toBe(5);
  });

  test("an unfinished build is swept away by its name or was never there", () => {
    const name = { ...TABLET, generation: 2 };
    const whole = opened();
    const writesBefore = whole.disk.writesSoFar;
    whole.engine().build(name).finish(metaAt(9));
    const writes = whole.disk.writesSoFar - writesBefore;
    for (let cutAt = 0; cutAt < writes; cutAt += 1)
      for (const kept of ["nothing", "everything"] as const) {
        const { disk, engine } = opened();
        disk.crashAfter(cutAt);
        expect(() => engine().build(name).finish(metaAt(9))).toThrow("stopped");
        disk.crash(kept);
        const after = engine();
        const names = after.list();
        expect(names).toEqual(kept === "nothing" || cutAt === 0 ? [TABLET] : [TABLET, name]);
        after.remove(name);
        expect(after.list()).toEqual([TABLET]);
      }
  });

  test("the file is written anew before it grows far beyond its data", () => {
    const { disk, engine, tablet } = opened();
    const value = "x".repeat(100_000);
    for (let index = 6; index < 106; index += 1) {
      tablet.apply([put("hot", value), put(`n${index}`, "1")], metaAt(index));
      tablet.flush();
    }
    expect(disk.readFile(JOURNAL).byteLength).toBeLessThan(2_000_000);
    tablet.close();
    disk.crash();
    const after = reopen(engine);
    expect(after.meta.appliedIndex).toBe(105);
    expect(after.get(key("hot"))?.byteLength).toBe(100_000);
    expect(after.approximateKeys).toBe(101);
  });
});

describe("power cuts at every write", () => {
  /** Small and large commits, a split, its trim; the large ones make the file be written anew. */
  function* script(tablet: Tablet): Generator<number> {
    const large = "x".repeat(300_000);
    for (let index = 6; index < 20; index += 1) {
      tablet.apply([put(`k${index}`, large), put("hot", `${index}${large}`)], metaAt(index));
      yield tablet.flush() as number;
    }
    tablet.apply([], metaAt(20, { range: range("k", ""), isUntrimmed: true }));
    while (!tablet.trim(400_000)) yield tablet.durableIndex;
    yield tablet.durableIndex;
  }

  /** What each durable index stands for. */
  function states(): Map<number, string[]> {
    const { tablet } = opened();
    const all = new Map([[5, scanAll(tablet)]]);
    for (const index of script(tablet)) all.set(index, scanAll(tablet, range("k", "")));
    return all;
  }

  const keptAtCrash: [string, KeptAtCrash][] = [
    ["nothing", "nothing"],
    ["everything", "everything"],
    ["some", { some: new Sfc32(7) }],
  ];

  test.each(keptAtCrash)("with %s of what was not synced", (_label, kept) => {
    const expected = states();
    let acknowledgedLast = 0;
    for (let cutAt = 0; acknowledgedLast < 20; cutAt += 1) {
      const { disk, engine, tablet } = opened();
      disk.crashAfter(cutAt, { tornBytes: cutAt * 7 });
      let acknowledged = 5;
      try {
        for (const index of script(tablet)) acknowledged = index;
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_MULTIRAFT_TABLET_COMMIT_FAILED" });
      }
      disk.crash(kept);
      const after = reopen(engine);
      expect(after.durableIndex).toBeGreaterThanOrEqual(acknowledged);
      expect(scanAll(after, range("k", ""))).toEqual(expected.get(after.durableIndex));
      while (!after.trim(ALL));
      commit(after, after.meta.appliedIndex + 1);
      acknowledgedLast = acknowledged;
    }
  });
});
