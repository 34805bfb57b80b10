// What only tablets in lmdb have: files, damage, copies, and a bound on what is open.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { RealDisk, realEnvironment, Sfc32 } from "@multiraft/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readChunkJob } from "../src/snapshot/file-jobs.ts";
import { FileSource } from "../src/snapshot/stream-source.ts";
import { openEngine } from "../src/tablet/engine.ts";
import { EnvironmentCache, environmentLimits } from "../src/tablet/environment-cache.ts";
import type {
  Tablet,
  TabletCopy,
  TabletEngine,
  TabletName,
  TabletView,
} from "../src/tablet/tablet.ts";
import { ALL, bytes, key, metaAt, put, range, scanAll, TABLET, text } from "./tablet-fixture.ts";

const DATA = "data.mdb";
const disk = new RealDisk();
const environment = realEnvironment(1);
let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-lmdb-"));
  directory = path.join(root, "tablets");
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function engineWith(limits = environmentLimits(1_024, 1)): {
  engine: TabletEngine;
  environments: EnvironmentCache;
} {
  const environments = new EnvironmentCache(limits);
  return { engine: openEngine({ kind: "lmdb", disk, directory, environments }), environments };
}

/** Tablets go on without a flush between index and index + 1 only: each index has one key. */
async function tabletWith(engine: TabletEngine, index: number, value = "1"): Promise<Tablet> {
  const tablet = await engine.create(TABLET, metaAt(5));
  for (let at = 6; at <= index; at += 1) tablet.apply([put(`k${at}`, value)], metaAt(at));
  await tablet.flush();
  return tablet;
}

/** lmdb closes what was written to in a later turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function settled(environments: EnvironmentCache): Promise<number> {
  for (let left = 100; left > 0 && environments.openEnvironments > 0; left -= 1) await turn();
  return environments.openEnvironments;
}

describe("damage", () => {
  const code = (wanted: string) => expect.objectContaining({ code: wanted });
  const dataFile = (): string => path.join(directory, "7_3_1", DATA);

  async function closedTablet(): Promise<TabletEngine> {
    const { engine, environments } = engineWith();
    (await tabletWith(engine, 500, "x".repeat(1_000))).close();
    expect(await settled(environments)).toBe(0);
    return engine;
  }

  test.each([
    ["no directory", () => fs.rmSync(path.dirname(dataFile()), { recursive: true }), "MISSING"],
    ["no data file", () => fs.rmSync(dataFile()), "MISSING"],
    ["an empty file", () => fs.truncateSync(dataFile(), 0), "CORRUPT"],
    ["a file cut within the first meta page", () => fs.truncateSync(dataFile(), 100), "CORRUPT"],
    ["a file cut within the second one", () => fs.truncateSync(dataFile(), 16_400), "CORRUPT"],
    ["a file cut behind the meta pages", () => fs.truncateSync(dataFile(), 32_768), "CORRUPT"],
    ["a file of something else", () => fs.writeFileSync(dataFile(), "x".repeat(40_000)), "CORRUPT"],
  ])("%s is a coded error and stays as it is", async (_what, harm, wanted) => {
    const engine = await closedTablet();
    harm();
    const before = fs.existsSync(dataFile());
    expect(() => engine.open(TABLET)).toThrow(code(`ERR_MULTIRAFT_TABLET_${wanted}`));
    expect(() => engine.open(TABLET)).toThrow(code(`ERR_MULTIRAFT_TABLET_${wanted}`));
    expect(fs.existsSync(dataFile())).toBe(before);
    expect(engine.openTablets).toBe(0);
  });

  test("a file that lost its second half is found before lmdb maps it", async () => {
    const engine = await closedTablet();
    fs.truncateSync(dataFile(), Math.floor(fs.statSync(dataFile()).size / 2));
    expect(() => engine.open(TABLET)).toThrow(code("ERR_MULTIRAFT_TABLET_CORRUPT"));
    expect(engine.openTablets).toBe(0);
  });

  test("a damaged metadata record is found by its checksum", async () => {
    const engine = await closedTablet();
    const content = fs.readFileSync(dataFile());
    for (
      let at = content.indexOf("appliedTerm");
      at >= 0;
      at = content.indexOf("appliedTerm", at + 1)
    )
      content[at] = 0;
    fs.writeFileSync(dataFile(), content);
    expect(() => engine.open(TABLET)).toThrow(code("ERR_MULTIRAFT_TABLET_CORRUPT"));
  });

  test("an environment without metadata, as a build leaves that was not finished, is damaged", async () => {
    const { engine } = engineWith();
    const builder = engine.build(TABLET);
    const value = Buffer.alloc(1 << 20);
    for (let n = 0; n < 40; n += 1)
      await builder.addPairs([{ key: key(String.fromCharCode(100 + n)), value }]);
    fs.cpSync(path.dirname(dataFile()), path.join(directory, "7_3_2"), { recursive: true });
    builder.discard();
    expect(() => engine.open({ ...TABLET, generation: 2 })).toThrow(
      code("ERR_MULTIRAFT_TABLET_CORRUPT"),
    );
  });
});

describe("copies", () => {
  let copies = 0;
  /** Not made yet. */
  const target = (): string => {
    copies += 1;
    return path.join(root, `copy${copies}`);
  };

  /** What a receiver makes of it, read piece by piece while `between` goes on. */
  async function received(
    engine: TabletEngine,
    copy: TabletCopy,
    between: () => unknown = () => undefined,
  ): Promise<Tablet> {
    const name: TabletName = { regionId: 7, life: 9, generation: copies };
    const made = engine.directoryOf(name) ?? "";
    fs.mkdirSync(made);
    const source = new FileSource(copy, () => undefined);
    await between();
    for (let piece = source.next(400_000); piece; piece = source.next(400_000)) {
      if (piece.kind !== "file") throw new Error("a piece of pairs");
      const { path: from, offsetBytes, lengthBytes, head } = piece;
      const args = { path: from, offsetBytes, head, into: new Uint8Array(lengthBytes) };
      readChunkJob.run(environment, args);
      const to = fs.openSync(path.join(made, piece.file), offsetBytes === 0 ? "w" : "r+");
      fs.writeSync(to, args.into, 0, lengthBytes, offsetBytes);
      fs.closeSync(to);
      await between();
    }
    source.close();
    return engine.open(name);
  }

  async function copyOf(tablet: Tablet, to = target()): Promise<TabletCopy> {
    const copy = await tablet.openCopy(to);
    if (copy === undefined) throw new Error("no copy");
    return copy;
  }

  test("a copy read while writes go on holds exactly what was there when it was opened", async () => {
    const { engine, environments } = engineWith();
    const tablet = await tabletWith(engine, 8_000, "x".repeat(500));
    const random = new Sfc32(7);
    let at = 8_000;
    /** Each commit frees pages all over the tree, and fills those that were freed before. */
    const write = async (): Promise<void> => {
      at += 1;
      const writes = Array.from({ length: 3 }, () =>
        put(`k${6 + random.below(7_995)}`, String(random.below(1e9)).padEnd(500, "y")),
      );
      tablet.apply(writes, metaAt(at));
      await tablet.flush();
    };
    for (let n = 0; n < 5; n += 1) {
      for (let commits = 0; commits < 10; commits += 1) await write();
      const copy = await copyOf(tablet);
      expect(copy.files[0]?.path).toBe(path.join(directory, "7_3_1", DATA));
      const expected = scanAll(tablet);
      const opened = await received(engine, copy, write);
      expect(opened.meta).toEqual(copy.meta);
      expect(opened.meta.appliedIndex).toBeLessThan(at - 8);
      expect(scanAll(opened)).toEqual(expected);
      expect(opened.approximateKeys).toBe(expected.length);
      opened.close();
    }
    tablet.close();
    expect(await settled(environments)).toBe(0);
  });

  test("a copy asked for while a commit is under way holds all of that commit", async () => {
    const { engine } = engineWith();
    const tablet = await tabletWith(engine, 300, "x".repeat(500));
    for (let n = 1; n <= 20; n += 1) {
      const index = 300 + n;
      tablet.apply([put("hot", String(index))], metaAt(index));
      const flushed = tablet.flush();
      const copy = await copyOf(tablet);
      expect(copy.meta.appliedIndex).toBe(index);
      const opened = await received(engine, copy);
      expect(text(opened.get(key("hot")))).toBe(String(index));
      expect(opened.meta).toEqual(copy.meta);
      opened.close();
      await flushed;
    }
    tablet.close();
  });

  test("a copy of a tablet that lost most of its data leaves the free pages out", async () => {
    const { engine } = engineWith();
    const tablet = await tabletWith(engine, 2_000, "x".repeat(1_000));
    const split = range("k1999", "");
    tablet.apply([], metaAt(2_001, { range: split, isUntrimmed: true }));
    while (!(await tablet.trim(ALL)));
    const to = target();
    const copy = await copyOf(tablet, to);
    const sizeBytes = fs.statSync(path.join(directory, "7_3_1", DATA)).size;
    expect(fs.readdirSync(to)).toEqual([DATA]);
    expect(copy.files[0]?.sizeBytes).toBeLessThan(sizeBytes / 2);
    expect(copy.meta.isUntrimmed).toBe(false);
    const opened = await received(engine, copy);
    expect(scanAll(opened)).toEqual(scanAll(tablet));
    opened.close();
    tablet.close();
  });

  test("a copy outlives its tablet, and keeps the environment open until it is closed", async () => {
    const { engine, environments } = engineWith();
    const tablet = await tabletWith(engine, 1_000, "x".repeat(500));
    const copying = copyOf(tablet);
    tablet.close();
    const copy = await copying;
    expect(copy.meta.appliedIndex).toBe(1_000);
    const opened = await received(engine, copy, () =>
      expect(environments.openEnvironments).toBe(1),
    );
    expect(scanAll(opened)).toHaveLength(995);
    opened.close();
    copy.close();
    expect(await settled(environments)).toBe(0);
  });

  test("a copy that finds no environment says so, and not that its lock file is missing", async () => {
    const { engine } = engineWith({ idleMax: 1, openMax: 2 });
    const tablet = await tabletWith(engine, 2_000, "x".repeat(1_000));
    tablet.apply([], metaAt(2_001, { range: range("k1999", ""), isUntrimmed: true }));
    while (!(await tablet.trim(ALL)));
    const other = await engine.create({ regionId: 8, life: 3, generation: 1 }, metaAt(5));
    const view = other.openView();
    await expect(tablet.openCopy(target()) as Promise<unknown>).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_TABLET_EXHAUSTED",
    });
    view.close();
    for (const open of [other, tablet]) open.close();
  });

  test("a copy to nowhere is a coded error and harms nothing", async () => {
    const { engine } = engineWith();
    const tablet = await tabletWith(engine, 2_000, "x".repeat(1_000));
    tablet.apply([], metaAt(2_001, { range: range("k1999", ""), isUntrimmed: true }));
    while (!(await tablet.trim(ALL)));
    await expect(
      tablet.openCopy(path.join(root, "absent", "below")) as Promise<unknown>,
    ).rejects.toMatchObject({ code: "ERR_MULTIRAFT_TABLET_COPY_FAILED" });
    tablet.apply([put("k1999", "1")], metaAt(2_002, { range: range("k1999", "") }));
    expect(await tablet.flush()).toBe(2_002);
    tablet.close();
  });
});

describe("open environments", () => {
  const nameOf = (n: number): TabletName => ({ regionId: n + 1, life: 1, generation: 1 });

  async function tablets(engine: TabletEngine, count: number): Promise<Tablet[]> {
    const made: Tablet[] = [];
    for (let n = 0; n < count; n += 1) {
      const tablet = await engine.create(nameOf(n), metaAt(5));
      tablet.apply([put("self", String(n))], metaAt(6));
      await tablet.flush();
      made.push(tablet);
    }
    return made;
  }

  test("idle tablets are directories: reads and commits open them again", async () => {
    const { engine, environments } = engineWith({ idleMax: 3, openMax: 6 });
    const all = await tablets(engine, 20);
    for (let round = 7; round < 10; round += 1)
      for (const [n, tablet] of all.entries()) {
        expect(text(tablet.get(key("self")))).toBe(String(n));
        expect(scanAll(tablet)).toEqual([`self=${n}`]);
        tablet.apply([put("self", String(n))], metaAt(round));
        expect(await tablet.flush()).toBe(round);
        expect(environments.openEnvironments).toBeLessThanOrEqual(6);
      }
    for (const tablet of all) tablet.close();
    expect(await settled(environments)).toBe(0);
  });

  test("an environment with an open view is not closed, whatever else is opened", async () => {
    const { engine, environments } = engineWith({ idleMax: 2, openMax: 6 });
    const all = await tablets(engine, 8);
    const view = all[0]?.openView();
    for (const tablet of all.slice(1)) {
      expect(scanAll(tablet)).toHaveLength(1);
      await turn();
    }
    all[0]?.apply([put("self", "changed")], metaAt(7));
    await all[0]?.flush();
    expect(view && scanAll(view)).toEqual(["self=0"]);
    view?.close();
    for (const tablet of all) tablet.close();
    expect(await settled(environments)).toBe(0);
  });

  test("beyond the descriptors an opening is refused, and possible again when views are closed", async () => {
    const { engine, environments } = engineWith({ idleMax: 2, openMax: 4 });
    const all = await tablets(engine, 6);
    const views: TabletView[] = [];
    for (const tablet of all.slice(0, 4)) {
      views.push(tablet.openView());
      await turn();
    }
    expect(() => all[5]?.get(key("self"))).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_EXHAUSTED" }),
    );
    expect(() => engine.build(nameOf(99))).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_TABLET_EXHAUSTED" }),
    );
    expect(engine.list()).toHaveLength(6);
    for (const view of views) view.close();
    expect(text(all[5]?.get(key("self")))).toBe("5");
    for (const tablet of all) tablet.close();
    expect(await settled(environments)).toBe(0);
  });

  test("an environment that was built goes on as the tablet's, or ends with it", async () => {
    const { engine, environments } = engineWith();
    for (const n of [1, 2, 3]) await engine.build(nameOf(n)).finish(metaAt(5));
    expect(environments.openEnvironments).toBe(3);
    const opened = await engine.open(nameOf(1));
    expect(environments.openEnvironments).toBe(3);
    engine.remove(nameOf(2));
    opened.close();
    engine.close();
    expect(await settled(environments)).toBe(0);
    expect(engine.list()).toEqual([nameOf(1), nameOf(3)]);
  });

  test("one turn can read more tablets than may be open", async () => {
    const { engine, environments } = engineWith({ idleMax: 2, openMax: 4 });
    const all = await tablets(engine, 12);
    await turn();
    for (let round = 0; round < 3; round += 1) {
      for (const [n, tablet] of all.entries())
        expect(text(tablet.get(key("self")))).toBe(String(n));
      expect(environments.openEnvironments).toBeLessThanOrEqual(4);
    }
    for (const tablet of all) tablet.close();
    expect(await settled(environments)).toBe(0);
  });

  test("limits are derived from the descriptors and the threads that share them", () => {
    expect(environmentLimits(20_000, 4)).toEqual({ idleMax: 833, openMax: 1_250 });
    expect(environmentLimits(256, 64)).toEqual({ idleMax: 1, openMax: 2 });
  });

  test("many short lives leave no environment and no directory behind", async () => {
    const { engine, environments } = engineWith({ idleMax: 4, openMax: 12 });
    const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;
    const before = descriptors();
    for (let n = 0; n < 100; n += 1) {
      const builder = engine.build(nameOf(n));
      await builder.addPairs([{ key: key("a"), value: bytes("1") }]);
      await builder.finish(metaAt(5));
      const tablet = await engine.open(nameOf(n));
      expect(scanAll(tablet)).toEqual(["a=1"]);
      tablet.close();
      engine.remove(nameOf(n));
    }
    expect(engine.list()).toEqual([]);
    expect(await settled(environments)).toBe(0);
    expect(descriptors()).toBeLessThan(before + 10);
  });
});
