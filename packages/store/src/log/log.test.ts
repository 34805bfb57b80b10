import { describe, expect, test } from "vitest";
import {
  admit,
  append,
  block,
  contentOf,
  DIRECTORY,
  entries,
  index,
  life,
  openLog,
  truncate,
} from "../../test/log/log-fixture.ts";
import { freshDisk } from "../../test/log/script-run.ts";
import type { Log } from "./log.ts";

const KIB = 1_024;

/** With lives 1 and 2. */
function logOf(options: { segmentBytes: number; deadRatioMax?: number }, disk = freshDisk()): Log {
  const log = openLog(disk, options);
  append(log, block(10), admit(1), admit(2));
  log.commit();
  return log;
}

test("what was not committed is not promised, and gone after a close", () => {
  const disk = freshDisk();
  const log = logOf({ segmentBytes: 64 * KIB }, disk);
  const promised = contentOf(log);
  append(log, entries(1, 1, 5));
  log.close();
  expect(contentOf(openLog(disk))).toBe(promised);
});

test("a commit of many appends is one sync, and one of nothing is none", () => {
  const log = logOf({ segmentBytes: 64 * KIB });
  const before = log.status().syncs;
  for (let at = 1; at <= 50; at += 1) append(log, entries(1, at, at));
  log.commit();
  log.commit();
  expect(log.status().syncs - before).toBe(1);
});

test("an append larger than a segment gets one of its own", () => {
  const disk = freshDisk();
  const log = logOf({ segmentBytes: 8 * KIB }, disk);
  append(log, entries(1, 1, 3, 1, 10 * KIB));
  append(log, entries(2, 1, 1));
  log.commit();
  const content = contentOf(log);
  expect(log.status()).toMatchObject({ segments: 3 });
  log.close();
  expect(contentOf(openLog(disk))).toBe(content);
});

test("a batch is written in frames of about a MiB, before memory is all it fills", () => {
  const log = logOf({ segmentBytes: 16 * KIB * KIB });
  const before = log.status().syncs;
  for (let at = 1; at <= 40; at += 1) append(log, entries(1, at, at, 1, 100 * KIB));
  expect(log.status().syncs - before).toBe(3);
  log.commit();
  expect(log.status().syncs - before).toBe(4);
  expect(log.readEntries(life(1), index(1), 64 * KIB * KIB).entries).toHaveLength(40);
});

test("an answer with entries is bounded, whatever was asked for", () => {
  const log = logOf({ segmentBytes: 16 * KIB * KIB });
  for (let at = 1; at <= 20; at += 1) append(log, entries(1, at, at, 1, 1_000 * KIB));
  log.commit();
  const { entries: found, isLast } = log.readEntries(life(1), index(1), Number.MAX_SAFE_INTEGER);
  expect([found.length, isLast]).toEqual([8, false]);
});

describe("space", () => {
  /** Life 1 keeps `idleEntries` of 1 KiB for ever, life 2 appends and truncates. */
  function sizesOf(idleEntries: number, batchEntries: number) {
    const disk = freshDisk();
    const log = logOf({ segmentBytes: 32 * KIB, deadRatioMax: 0.5 }, disk);
    append(log, entries(1, 1, idleEntries, 1, KIB));
    log.commit();
    let largestBytes = 0;
    for (let first = 1; first < 2_000; first += batchEntries) {
      const last = first + batchEntries - 1;
      append(log, entries(2, first, last, 1, KIB), truncate(2, last));
      log.commit();
      largestBytes = Math.max(largestBytes, log.status().sizeBytes);
    }
    const { liveBytes, syncs } = log.status();
    const content = contentOf(log);
    log.close();
    expect(contentOf(openLog(disk))).toBe(content);
    return { largestBytes, liveBytes, syncs };
  }

  test.each([
    [10, 1],
    [100, 1],
    [100, 50],
    [300, 10],
  ])("stays near twice of what lives (%i KiB idle, %i KiB a batch)", (idle, batch) => {
    const { largestBytes, liveBytes } = sizesOf(idle, batch);
    expect(liveBytes).toBeGreaterThan(idle * KIB);
    expect(liveBytes).toBeLessThan((idle + 1) * (KIB + 20) + 1_000);
    // Besides: segments being filled, emptied, and kept as spares.
    expect(largestBytes).toBeLessThan(2 * liveBytes + 14 * 32 * KIB);
  });

  test("that became free at once is given back before the last segment is full", () => {
    const disk = freshDisk();
    const log = logOf({ segmentBytes: 32 * KIB }, disk);
    for (let at = 1; at <= 600; at += 1) append(log, entries(2, at, at, 1, KIB));
    log.commit();
    const full = log.status().segments;
    append(log, truncate(2, 600));
    log.commit();
    append(log, entries(2, 601, 601, 1, 10));
    log.commit();
    expect(full).toBeGreaterThan(18);
    expect(log.status().segments).toBeLessThanOrEqual(4);
    expect(disk.list(DIRECTORY).length).toBeLessThanOrEqual(8);
  });
});

test("a closed log lets go of its directory", () => {
  const disk = freshDisk();
  const log = logOf({ segmentBytes: 8 * KIB }, disk);
  expect(() => openLog(disk)).toThrow(expect.objectContaining({ code: "ELOCKED" }));
  log.close();
  openLog(disk).close();
});
