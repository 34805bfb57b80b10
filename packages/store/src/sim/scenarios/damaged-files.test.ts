// Files that went bad while a store was down: it says so when it opens, and serves nothing that is wrong.
import { EMPTY_KEY } from "@multiraft/pd/protocol";
import type { MemoryDisk } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { World } from "../world.ts";
import { lead, R1, untilEqual } from "./script.ts";

const LOG = "/log";
const TABLETS = "/tablets";

/** Store 3 is down. Its tablet has all that its log was truncated to, and more than one commit. */
function downStore(seed: number): { readonly world: World; readonly disk: MemoryDisk } {
  const world = new World({
    stores: 3,
    seed,
    tuning: { logKeepEntries: 0, logBytesMax: 256, flushBytes: 1 },
  });
  world.bootstrap([1, 2, 3]);
  lead(world, R1, 1);
  for (let n = 0; n < 40; n += 1) {
    world.put(R1, "key", `value ${n}`);
    world.ticks(2);
  }
  untilEqual(world, R1, [1, 2, 3]);
  const disk = world.disk(3);
  world.crashStore(3);
  return { world, disk };
}

function journalOf(disk: MemoryDisk): string {
  const [tablet] = disk.list(TABLETS);
  return `${TABLETS}/${tablet?.name}/commits`;
}

/** Nobody reads from the store, its replica says why, and the others go on. */
function expectIsolated(world: World, why: RegExp): void {
  world.restartStore(3);
  world.until("it is isolated", () => world.status(3).damaged.length > 0);
  expect(world.status(3).damaged[0]?.reason).toMatch(why);
  const get = { kind: "get" as const, version: 1, key: EMPTY_KEY };
  expect(world.client(3, R1, get).kind).toBe("region-not-found");
  world.put(R1, "key", "after");
  expect(world.get(R1, "key")).toBe("after");
  world.finish();
}

test("a tablet whose first commit is damaged is isolated", () => {
  const { world, disk } = downStore(1);
  disk.flipBit(journalOf(disk), 40, 3);
  expectIsolated(world, /is damaged at byte 0|no whole commit/);
});

test("a tablet that lost its last commit is isolated where its log does not go back so far", () => {
  const { world, disk } = downStore(2);
  const path = journalOf(disk);
  disk.flipBit(path, disk.durableBytes(path) - 1, 0);
  expectIsolated(world, /ends with entry \d+, its log has \d+ to \d+/);
});

test("a tablet that is missing is isolated, and opens again when it is back", () => {
  const { world, disk } = downStore(3);
  const journal = journalOf(disk);
  const giveBack = disk.keep(journal);
  disk.lose(journal);
  world.restartStore(3);
  world.until("it is isolated", () => world.status(3).damaged.length > 0);
  world.crashStore(3);
  giveBack();
  world.restartStore(3);
  untilEqual(world, R1, [1, 2, 3]);
  world.finish();
});

test("a log that is gone does not open as a new one, and no tablet is swept away with it", () => {
  const { world, disk } = downStore(4);
  const names = disk.list(LOG).map(({ name }) => `${LOG}/${name}`);
  const giveBack = names.map((name) => disk.keep(name));
  for (const name of names) disk.lose(name);
  const before = disk.list(TABLETS);
  world.restartStore(3);
  expect(world.system.thrown.map(({ error }) => error)).toContainEqual(
    expect.objectContaining({
      code: "ERR_MULTIRAFT_LOG_CORRUPT",
      message: "tablets are there, and their log is not",
    }),
  );
  expect(disk.list(TABLETS)).toEqual(before);
  world.crashStore(3);
  for (const name of names) if (disk.exists(name)) disk.lose(name);
  for (const back of giveBack) back();
  world.restartStore(3);
  untilEqual(world, R1, [1, 2, 3]);
});
