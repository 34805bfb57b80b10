// Files that are not what was synced: a log says so, with the place, and touches nothing.
import { VirtualClock } from "@multiraft/runtime/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { FrameBuffer } from "../../src/log/frame-buffer.ts";
import type { LogOptions } from "../../src/log/log-opening.ts";
import { LogWriter } from "../../src/log/log-writer.ts";
import { noteNewest } from "../../src/log/newest.ts";
import { encodeRecords } from "../../src/log/record-codec.ts";
import { createSegment, FORMAT_VERSION } from "../../src/log/segment.ts";
import { segmentName } from "../../src/log/segment-name.ts";
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
} from "./log-fixture.ts";
import { freshDisk } from "./script-run.ts";
import type { WatchedDisk } from "./watched-disk.ts";

const OPTIONS: LogOptions = { segmentBytes: 512 };
const FRAMES = 8;

let disk: WatchedDisk;
/** What the log says, and what it said before its last frame. */
let whole = "";
let withoutLast = "";

beforeEach(() => {
  disk = freshDisk();
  const log = openLog(disk, OPTIONS);
  append(log, block(10), admit(1));
  log.commit();
  for (let frame = 2; frame <= FRAMES; frame += 1) {
    withoutLast = contentOf(log);
    append(log, entries(1, frame - 1, frame - 1, frame, 100));
    log.commit();
  }
  whole = contentOf(log);
  log.close();
});

function segments(): readonly string[] {
  const names = disk.list(DIRECTORY).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".log")).map((name) => disk.join(DIRECTORY, name));
}

function change(path: string, offset: number, by: (byte: number) => number): void {
  const file = disk.open(path, "read-write");
  const byte = new Uint8Array(1);
  file.readAt(byte, offset);
  file.writeAt(Uint8Array.of(by(byte[0] ?? 0)), offset);
  file.close();
}

function fileBytes(): readonly string[] {
  return segments().map((path) => `${path} ${Buffer.from(disk.readFile(path)).toString("hex")}`);
}

function openAgain(): string {
  const log = openLog(disk, OPTIONS);
  try {
    return contentOf(log);
  } finally {
    log.close();
  }
}

const CORRUPT = expect.objectContaining({ code: "ERR_MULTIRAFT_LOG_CORRUPT" });

test("the log stands in four segments, the last of one frame", () => {
  expect(segments()).toHaveLength(4);
  expect(openAgain()).toBe(whole);
});

describe("one flipped bit", () => {
  /** A coded error, or what the log says; everything else is rethrown. */
  function outcome(): string {
    try {
      return openAgain();
    } catch (error) {
      return (error as { code?: string }).code ?? "no code";
    }
  }

  test.each([0, 1, 2, 3])("anywhere in segment %i is harmless or found", (at) => {
    const path = segments()[at] ?? "";
    const isLast = at === 3;
    const seen = new Set<string>();
    for (let offset = 0; offset < 512; offset += 1) {
      change(path, offset, (byte) => byte ^ (1 << (offset % 8)));
      const found = outcome();
      // The last frame may have been torn before its sync, for all that the files tell.
      const allowed = [whole, "ERR_MULTIRAFT_LOG_CORRUPT", "ERR_MULTIRAFT_LOG_VERSION"];
      expect(isLast ? [...allowed, withoutLast] : allowed, `byte ${offset}`).toContain(found);
      if (offset >= 64 && offset < 128 && !isLast) expect(found).toBe("ERR_MULTIRAFT_LOG_CORRUPT");
      seen.add(found);
      change(path, offset, (byte) => byte ^ (1 << (offset % 8)));
    }
    expect(seen.has("ERR_MULTIRAFT_LOG_CORRUPT")).toBe(true);
    expect(seen.has("ERR_MULTIRAFT_LOG_VERSION")).toBe(true);
    expect(openAgain()).toBe(whole);
  });
});

describe("damage is told with its place, and nothing is touched", () => {
  function expectCorrupt(segment: number, message: RegExp): void {
    const before = fileBytes();
    const place = expect.objectContaining({ segment });
    expect(openAgain).toThrow(
      expect.objectContaining({ place, message: expect.stringMatching(message) }),
    );
    expect(openAgain).toThrow(CORRUPT);
    expect(fileBytes()).toEqual(before);
  }

  test("a bad frame before a good one", () => {
    change(segments()[1] ?? "", 90, (byte) => byte ^ 1);
    expectCorrupt(2, /offset 64: frame \d+ is damaged/);
  });

  test("a bad frame at the end of a segment that is not the last", () => {
    change(segments()[2] ?? "", 300, (byte) => byte ^ 1);
    expectCorrupt(3, /frame \d+ is damaged, the next segment begins with \d+/);
  });

  test("a bad header, of the last segment as well", () => {
    change(segments()[3] ?? "", 20, (byte) => byte ^ 1);
    expectCorrupt(4, /bad checksum of the header/);
  });

  test("a missing segment", () => {
    disk.removeFile(segments()[1] ?? "");
    expectCorrupt(2, /the segment is missing/);
  });

  test("a missing first segment", () => {
    disk.removeFile(segments()[0] ?? "");
    expectCorrupt(1, /the segment is missing/);
  });

  test("a missing last segment, as a log without it would look whole", () => {
    disk.removeFile(segments()[3] ?? "");
    expectCorrupt(4, /the segment is missing/);
  });

  test("all segments missing", () => {
    for (const path of segments()) disk.removeFile(path);
    expectCorrupt(4, /the segment is missing/);
  });

  test("a note of the newest segment that is missing, or has any bit flipped", () => {
    const note = disk.join(DIRECTORY, "newest");
    const sizeBytes = disk.readFile(note).byteLength;
    for (let offset = 0; offset < sizeBytes; offset += 1) {
      change(note, offset, (byte) => byte ^ (1 << (offset % 8)));
      expectCorrupt(4, /the note of the newest segment is damaged/);
      change(note, offset, (byte) => byte ^ (1 << (offset % 8)));
    }
    disk.removeFile(note);
    expectCorrupt(4, /the note of the newest segment is missing/);
  });

  test("a segment under the name of another", () => {
    const [first = "", , third = ""] = segments();
    disk.removeFile(third);
    disk.rename(first, third);
    expectCorrupt(3, /the header says segment 1/);
  });

  test("the last segment cut short anywhere", () => {
    const last = segments()[3] ?? "";
    for (let sizeBytes = 511; sizeBytes >= 0; sizeBytes -= 1) {
      const file = disk.open(last, "read-write");
      file.truncate(sizeBytes);
      file.close();
      expect(openAgain).toThrow(CORRUPT);
    }
    expectCorrupt(4, /no header of a segment/);
  });

  test("an entry that has changed since recovery, when it is read", () => {
    const log = openLog(disk, OPTIONS);
    change(segments()[1] ?? "", 90, (byte) => byte ^ 1);
    expect(() => log.readEntries(life(1), index(1), 1 << 20)).toThrow(CORRUPT);
    log.close();
  });
});

test("a log without what its records build on is corrupt, however good its frames are", () => {
  const empty = freshDisk();
  empty.makeDirectory(DIRECTORY);
  const header = { number: 3, firstSequence: 9, floor: 3, sizeBytes: 512, salt: 1 };
  const segment = createSegment(empty, DIRECTORY, header);
  noteNewest(empty, DIRECTORY, header.number);
  const files = { disk: empty, directory: DIRECTORY, clock: new VirtualClock(), segmentBytes: 512 };
  const writer = new LogWriter(files, [segment], header.firstSequence);
  const frame = new FrameBuffer();
  frame.append(encodeRecords([entries(1, 4, 5)]));
  writer.write(frame);
  writer.close();
  expect(() => openLog(empty, OPTIONS)).toThrow(/the admission of life 1 is missing/);
});

describe("another version", () => {
  test.each([0, 3])("of segment %i is refused, and nothing is touched", (at) => {
    change(segments()[at] ?? "", 8, () => FORMAT_VERSION + 1);
    const before = fileBytes();
    expect(openAgain).toThrow(
      expect.objectContaining({
        code: "ERR_MULTIRAFT_LOG_VERSION",
        message: expect.stringContaining("format 2"),
      }),
    );
    expect(fileBytes()).toEqual(before);
  });
});

test("a directory is opened once at a time, and again after a refusal", () => {
  const log = openLog(disk, OPTIONS);
  expect(openAgain).toThrow(expect.objectContaining({ code: "ELOCKED" }));
  log.close();
  change(segments()[0] ?? "", 90, (byte) => byte ^ 1);
  expect(openAgain).toThrow(CORRUPT);
  change(segments()[0] ?? "", 90, (byte) => byte ^ 1);
  expect(openAgain()).toBe(whole);
});

test("leftovers below the floor of the last segment are removed, whatever they hold", () => {
  const log = openLog(disk, OPTIONS);
  for (let at = FRAMES; at < FRAMES + 8; at += 1) {
    append(log, entries(1, at, at, at, 100), {
      kind: "truncate",
      life: life(1),
      index: index(at),
      term: at as never,
    });
    log.commit();
  }
  const content = contentOf(log);
  log.close();
  const first = Number(/[0-9]+/.exec(segments()[0] ?? "")?.[0]);
  expect(first).toBeGreaterThan(2);
  expect(disk.list(DIRECTORY).map(({ name }) => name)).toContainEqual(
    expect.stringMatching("spare"),
  );
  const leftover = disk.join(DIRECTORY, segmentName(first - 2));
  disk.open(leftover, "create").writeAt(Uint8Array.of(1, 2, 3), 0);
  expect(openAgain()).toBe(content);
  expect(disk.exists(leftover)).toBe(false);
  expect(disk.list(DIRECTORY)).toHaveLength(segments().length + 1);
});
