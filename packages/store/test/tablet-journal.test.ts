// What a crash and a failing disk do to a durable memory tablet.
import { describe, expect, test } from "vitest";
import { openMemoryEngine } from "../src/tablet/memory-engine.ts";
import type { Tablet, TabletEngine } from "../src/tablet/tablet.ts";
import { ForgetfulDisk } from "./tablet-disks.ts";
import { key, metaAt, put, scanAll, TABLET } from "./tablet-fixture.ts";

const JOURNAL = "/tablets/7_3_1/commits";

function opened(): { disk: ForgetfulDisk; engine: () => TabletEngine; tablet: Tablet } {
  const disk = new ForgetfulDisk();
  const engine = (): TabletEngine => openMemoryEngine(disk, "/tablets");
  return { disk, engine, tablet: engine().create(TABLET, metaAt(5)) as Tablet };
}

const reopen = (engine: () => TabletEngine): Tablet => engine().open(TABLET) as Tablet;

describe("memory tablet over a disk", () => {
  test("a crash keeps every flushed commit and nothing of the others", () => {
    const { disk, engine, tablet } = opened();
    tablet.apply([put("a", "1")], metaAt(6));
    tablet.flush();
    tablet.apply([put("b", "1")], metaAt(7));
    disk.crash();
    const after = reopen(engine);
    expect(after.meta).toEqual(metaAt(6));
    expect(scanAll(after)).toEqual(["a=1"]);
  });

  test("a record torn at any byte is cut, and the tablet goes on behind the last whole one", () => {
    const whole = opened();
    whole.tablet.apply([put("a", "1")], metaAt(6));
    whole.tablet.flush();
    const synced = whole.disk.readFile(JOURNAL).byteLength;
    whole.tablet.apply([put("b", "2")], metaAt(7));
    whole.tablet.flush();
    const recordBytes = whole.disk.readFile(JOURNAL).byteLength - synced;
    for (let tornBytes = 0; tornBytes < recordBytes; tornBytes += 1) {
      const { disk, engine, tablet } = opened();
      tablet.apply([put("a", "1")], metaAt(6));
      tablet.flush();
      disk.isBroken = true;
      tablet.apply([put("b", "2")], metaAt(7));
      expect(() => tablet.flush()).toThrow();
      disk.isBroken = false;
      disk.crash(tornBytes);
      const after = reopen(engine);
      expect(after.meta.appliedIndex).toBe(6);
      after.apply([put("c", "3")], metaAt(7));
      after.flush();
      after.close();
      expect(scanAll(reopen(engine))).toEqual(["a=1", "c=3"]);
    }
  });

  test("damage before the last record is reported, not cut", () => {
    const { disk, engine, tablet } = opened();
    const firstBytes = disk.readFile(JOURNAL).byteLength;
    tablet.apply([put("a", "1")], metaAt(6));
    tablet.flush();
    tablet.apply([put("b", "2")], metaAt(7));
    tablet.flush();
    tablet.close();
    disk.damage(JOURNAL, firstBytes + 20);
    expect(() => engine().open(TABLET)).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_CORRUPT" }),
    );
  });

  test("a tablet without a whole first record is damaged: it was durable before anybody named it", () => {
    const { disk, engine, tablet } = opened();
    tablet.close();
    disk.damage(JOURNAL, 20);
    const reopened = engine();
    expect(() => reopened.open(TABLET)).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_CORRUPT" }),
    );
    expect(reopened.openTablets).toBe(0);
  });

  test("after a failed sync reads still answer, and no later commit is promised", () => {
    const { disk, engine, tablet } = opened();
    tablet.apply([put("a", "1")], metaAt(6));
    disk.isBroken = true;
    expect(() => tablet.flush()).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_COMMIT_FAILED" }),
    );
    disk.isBroken = false;
    expect(scanAll(tablet)).toEqual(["a=1"]);
    tablet.apply([put("b", "2")], metaAt(7));
    expect(scanAll(tablet)).toEqual(["a=1", "b=2"]);
    expect(() => tablet.flush()).toThrow("earlier commit failed");
    tablet.close();
    disk.crash();
    expect(reopen(engine).meta.appliedIndex).toBe(5);
  });

  test("an unfinished build is swept away by its name or was never there", () => {
    const { disk, engine, tablet } = opened();
    tablet.close();
    const name = { ...TABLET, generation: 2 };
    const builder = engine().build(name);
    disk.isBroken = true;
    expect(() => builder.finish(metaAt(9))).toThrow("EIO");
    disk.isBroken = false;
    disk.crash();
    const after = engine();
    expect(() => after.open(name)).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_MISSING" }),
    );
    expect(after.list()).toEqual([TABLET, name]);
    after.remove(name);
    expect(after.list()).toEqual([TABLET]);
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
