import { describe, expect, test } from "vitest";
import { LogError } from "../../src/log/log-error.ts";
import { type CrashDisk, type Kept, PowerCut } from "./crash-disk.ts";
import { append, block, contentOf, openLog, seeded } from "./log-fixture.ts";
import { freshDisk, lossAfter, runScript } from "./script-run.ts";

/** The whole run, to know its length and its syncs. */
const whole = freshDisk();
const syncsBefore = whole.syncs.length;
const operationsBefore = whole.operations;
runScript(whole);
const everyOperation = range(operationsBefore, whole.operations);
const everySync = range(syncsBefore, whole.syncs.length);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function cutAt(operation: number, kept: Kept, disk = freshDisk()) {
  disk.cutAt = operation;
  const progress = runScript(disk);
  disk.powerCut(kept, seeded(operation));
  return { disk, progress };
}

function openUntilCut(disk: CrashDisk): void {
  try {
    openLog(disk).close();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
}

test("the script rolls, rewrites, frees and uses segments again", () => {
  const log = openLog(whole);
  expect(whole.list("/store/log").map(({ name }) => name)).toContain("segment-000000000028.log");
  expect(log.status().segments).toBeLessThan(6);
  log.close();
});

const everyWay: readonly Kept[] = ["nothing unsynced", "everything", "some", "only the last write"];

describe.each(everyWay)("a cut that keeps %s", (kept) => {
  test("before any operation loses nothing promised, and leaves nothing half done", () => {
    for (const operation of everyOperation) {
      const { disk, progress } = cutAt(operation, kept);
      expect(lossAfter(disk, progress), `cut at ${operation}`).toBeUndefined();
    }
  });

  test("leaves a log that goes on", () => {
    for (const operation of everyOperation) {
      const { disk } = cutAt(operation, kept);
      const log = openLog(disk);
      append(log, block(1_000));
      log.commit();
      const promised = contentOf(log);
      disk.powerCut("nothing unsynced", seeded(0));
      expect(contentOf(openLog(disk)), `cut at ${operation}`).toBe(promised);
    }
  });

  test("during the recovery after it loses nothing promised", () => {
    for (const operation of everyOperation) {
      const { disk, progress } = cutAt(operation, kept);
      disk.cutAt = disk.operations + (operation % 4);
      openUntilCut(disk);
      disk.powerCut(kept, seeded(operation + 1));
      expect(lossAfter(disk, progress), `cut at ${operation}`).toBeUndefined();
    }
  });
});

describe("each sync is needed", () => {
  /** A frame of copies alone promises nothing new: it is missed once a later one is kept. */
  const trials: readonly Kept[] = ["nothing unsynced", "only the last write"];

  /** The operations after `sync`, a roll and a frame far. */
  function cutsAfter(sync: number): number[] {
    const disk = freshDisk();
    disk.failedSync = sync;
    expect(() => runScript(disk)).toThrow("sync failed");
    return range(disk.operations, Math.min(disk.operations + 12, whole.operations));
  }

  function losesWithout(sync: number): boolean {
    return cutsAfter(sync).some((operation) =>
      trials.some((kept) => {
        const disk = freshDisk();
        disk.skippedSync = sync;
        disk.cutAt = operation;
        const progress = runScript(disk);
        disk.powerCut(kept, seeded(operation));
        return lossAfter(disk, progress) !== undefined;
      }),
    );
  }

  test.each(everySync.map((sync) => [sync, whole.syncs[sync]]))(
    "without sync %i of the run (%s) some cut soon after it loses what was promised",
    (sync) => {
      expect(losesWithout(sync)).toBe(true);
    },
  );
});

describe("what a log has told after a kill outlives a power cut", () => {
  type Reopening = { readonly skipped: number; readonly goesOn: boolean };

  /** @returns What was lost of what it told, and the sync of its opening that was left out. */
  function killAndCut(operation: number, { skipped, goesOn }: Reopening) {
    const disk = freshDisk();
    disk.cutAt = operation;
    runScript(disk);
    disk.kill();
    disk.skippedSync = disk.syncs.length + skipped;
    const log = openLog(disk);
    const leftOut = disk.syncs[disk.skippedSync]?.replace(/[0-9]+/, "…") ?? "nothing";
    if (goesOn) append(log, block(1_000));
    log.commit();
    const told = contentOf(log);
    disk.powerCut("nothing unsynced", seeded(0));
    return { isLost: contentAgain(disk) !== told, leftOut };
  }

  function contentAgain(disk: CrashDisk): string {
    try {
      return contentOf(openLog(disk));
    } catch (error) {
      if (error instanceof LogError) return error.code;
      throw error;
    }
  }

  const complete = { skipped: -1, goesOn: false };

  test.each([complete, { ...complete, goesOn: true }])("with %j", (reopening) => {
    for (const operation of everyOperation)
      expect(killAndCut(operation, reopening).isLost, `killed at ${operation}`).toBe(false);
  });

  test("and each sync of the opening is needed for it", () => {
    const needed = new Set<string>();
    for (const operation of everyOperation)
      for (const skipped of [0, 1, 2])
        for (const goesOn of [false, true]) {
          const { isLost, leftOut } = killAndCut(operation, { skipped, goesOn });
          if (isLost) needed.add(leftOut);
        }
    expect([...needed]).toEqual(
      expect.arrayContaining(["names in /store", "names in /store/log", "data of segment-….log"]),
    );
  });

  /** As Linux does: the pages that could not be written are kept and count as clean. */
  test.each(everySync)("also when it was sync %i that failed", (sync) => {
    const disk = freshDisk();
    disk.failedSync = sync;
    expect(() => runScript(disk)).toThrow("sync failed");
    disk.kill();
    const log = openLog(disk);
    const told = contentOf(log);
    disk.powerCut("nothing unsynced", seeded(0));
    expect(contentAgain(disk)).toBe(told);
  });
});
