import { describe, expect, test } from "vitest";
import { LogError } from "../../src/log/log-error.ts";
import { append, block, contentOf, DIRECTORY, openLog } from "./log-fixture.ts";
import { freshDisk, isPowerCut, lossAfter, runScript } from "./script-run.ts";
import { EVERY_CUT, type Kept, type WatchedDisk } from "./watched-disk.ts";

/** The whole run, to know its length and its syncs. */
const whole = freshDisk();
const firstSync = whole.syncs.length;
const firstOperation = whole.operations;
runScript(whole);
const everyOperation = range(firstOperation, whole.operations);
const everySync = range(firstSync, whole.syncs.length);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function cutBefore(operation: number, kept: Kept, disk = freshDisk(), seed = operation) {
  disk.stopBefore(operation);
  const progress = runScript(disk);
  disk.powerCut(kept, seed);
  return { disk, progress };
}

function openUntilCut(disk: WatchedDisk): void {
  try {
    openLog(disk).close();
  } catch (error) {
    if (!isPowerCut(error)) throw error;
  }
}

function contentAgain(disk: WatchedDisk): string {
  try {
    return contentOf(openLog(disk));
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
}

test("the script rolls, rewrites, frees and uses segments again", () => {
  const log = openLog(whole);
  const numbers = whole.list(DIRECTORY).flatMap(({ name }) => /[0-9]+/.exec(name) ?? []);
  expect(numbers.length).toBeLessThan(8);
  expect(Number(numbers.at(-1))).toBeGreaterThan(12);
  // Life 1 has written nothing since the beginning.
  expect(log.recovered().lives.map(({ life, lastIndex }) => [life, lastIndex])).toContainEqual([
    1, 14,
  ]);
  log.close();
});

describe.each(EVERY_CUT)("a power cut that leaves %s of what was not synced", (kept) => {
  test("loses nothing promised and leaves nothing half done, before any operation", () => {
    for (const operation of everyOperation) {
      const { disk, progress } = cutBefore(operation, kept);
      expect(lossAfter(disk, progress), `cut at ${operation}`).toBeUndefined();
    }
  });

  test("leaves a log that goes on", () => {
    for (const operation of everyOperation) {
      const { disk } = cutBefore(operation, kept);
      const log = openLog(disk);
      append(log, block(1_000));
      log.commit();
      const promised = contentOf(log);
      disk.powerCut("nothing");
      expect(contentAgain(disk), `cut at ${operation}`).toBe(promised);
    }
  });

  test("may come again during the recovery", () => {
    for (const operation of everyOperation) {
      const { disk, progress } = cutBefore(operation, kept);
      disk.stopBefore(disk.operations + (operation % 4));
      openUntilCut(disk);
      disk.powerCut(kept, operation + 1);
      expect(lossAfter(disk, progress), `cut at ${operation}`).toBeUndefined();
    }
  });
});

describe("each sync is needed", () => {
  /** Far enough for a roll and the frame after it. */
  const OPERATIONS_AFTER = 18;

  function operationsAfter(sync: number): number[] {
    const disk = freshDisk();
    disk.failedSync = sync;
    expect(() => runScript(disk)).toThrow("sync failed");
    return range(disk.operations, Math.min(disk.operations + OPERATIONS_AFTER, whole.operations));
  }

  function losesWithout(sync: number, operation: number, kept: Kept, seed: number): boolean {
    const disk = freshDisk();
    disk.skippedSync = sync;
    const { progress } = cutBefore(operation, kept, disk, seed);
    return lossAfter(disk, progress) !== undefined;
  }

  /** The name of a segment is missed only where the note of it, which came later, is kept without it. */
  const CUTS: readonly (readonly [Kept, number])[] = [
    ["nothing", 0],
    ["the last write", 0],
    ...range(0, 8).map((seed) => ["some", seed] as const),
  ];

  // A frame of copies alone promises nothing new: it is missed once a later one is there.
  test.each(everySync.map((sync) => [sync, whole.syncs[sync]] as const))(
    "without sync %i (%s) some cut soon after it loses what was promised",
    (sync) => {
      const isMissed = operationsAfter(sync).some((operation) =>
        CUTS.some(([kept, seed]) => losesWithout(sync, operation, kept, seed)),
      );
      expect(isMissed).toBe(true);
    },
  );
});

describe("what a log has told after a kill outlives a power cut", () => {
  type Reopening = { readonly skipped: number | undefined; readonly goesOn: boolean };

  /** @returns Whether something it told was lost, and the sync of its opening that was left out. */
  function killAndCut(operation: number, { skipped, goesOn }: Reopening) {
    const disk = freshDisk();
    disk.stopBefore(operation);
    runScript(disk);
    disk.kill();
    if (skipped !== undefined) disk.skippedSync = disk.syncs.length + skipped;
    const log = openLog(disk);
    const leftOut = disk.syncs[disk.skippedSync ?? -1]?.replace(/[0-9]+/, "…") ?? "none";
    if (goesOn) append(log, block(1_000));
    log.commit();
    const told = contentOf(log);
    disk.powerCut("nothing");
    return { isLost: contentAgain(disk) !== told, leftOut };
  }

  test.each([false, true])("before any operation (appending again: %s)", (goesOn) => {
    for (const operation of everyOperation)
      expect(killAndCut(operation, { skipped: undefined, goesOn }).isLost).toBe(false);
  });

  test("and for that each sync of the opening is needed", () => {
    const needed = new Set<string>();
    for (const operation of everyOperation)
      for (const skipped of [0, 1, 2])
        for (const goesOn of [false, true]) {
          const { isLost, leftOut } = killAndCut(operation, { skipped, goesOn });
          if (isLost) needed.add(leftOut);
        }
    expect([...needed]).toEqual(
      // Names in the log itself are synced with the note again, where one is in doubt.
      expect.arrayContaining(["names in /store", "data of segment-….log"]),
    );
  });

  // As Linux does it: pages that could not be written stay, and count as clean.
  test.each(everySync)("also when the process ended because sync %i had failed", (sync) => {
    const disk = freshDisk();
    disk.failedSync = sync;
    expect(() => runScript(disk)).toThrow("sync failed");
    disk.kill();
    const told = contentOf(openLog(disk));
    disk.powerCut("nothing");
    expect(contentAgain(disk)).toBe(told);
  });
});
