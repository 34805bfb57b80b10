import { beforeEach, describe, expect, test } from "vitest";
import { DiskError } from "../platform/disk.ts";
import { Sfc32 } from "../platform/sfc32.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { SECTOR_BYTES } from "./memory-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let disk: MemoryDisk;

beforeEach(() => {
  disk = new MemoryDisk();
});

function read(path: string): string | undefined {
  return disk.exists(path) ? new TextDecoder().decode(disk.readFile(path)) : undefined;
}

function writeDurably(path: string, content: string): void {
  const file = disk.open(path, "create");
  file.writeAt(bytes(content), 0);
  file.syncData();
  file.close();
  disk.syncDirectory(disk.join(path, ".."));
}

describe("a crash", () => {
  test("keeps what was synced of a file with a synced name", () => {
    writeDurably("/f", "kept");
    const file = disk.open("/f", "read-write");
    file.writeAt(bytes("lost and longer"), 0);
    disk.crash();
    expect(read("/f")).toBe("kept");
  });

  test("loses a file whose directory was not synced, whatever was synced in it", () => {
    const file = disk.open("/f", "create");
    file.writeAt(bytes("data"), 0);
    file.syncData();
    disk.crash();
    expect(read("/f")).toBe(undefined);
  });

  test("brings back a file whose removal was not synced, and the old name of a rename", () => {
    writeDurably("/f", "one");
    writeDurably("/g", "two");
    disk.removeFile("/f");
    disk.rename("/g", "/h");
    disk.crash();
    expect([read("/f"), read("/g"), read("/h")]).toEqual(["one", "two", undefined]);
  });

  test("keeps a rename that was synced, as one", () => {
    writeDurably("/g", "two");
    disk.rename("/g", "/h");
    disk.syncDirectory("/");
    disk.crash();
    expect([read("/g"), read("/h")]).toEqual([undefined, "two"]);
  });

  test("loses a directory that was synced in itself but not in its parent", () => {
    disk.makeDirectory("/d");
    writeDurably("/d/f", "deep");
    disk.crash();
    expect(disk.exists("/d")).toBe(false);
  });

  test("undoes a truncation that was not synced", () => {
    writeDurably("/f", "abcdef");
    disk.open("/f", "read-write").truncate(2);
    disk.crash();
    expect(read("/f")).toBe("abcdef");
  });

  test("ends open files and locks", () => {
    disk.makeDirectory("/d");
    disk.syncDirectory("/");
    const file = disk.open("/f", "create");
    disk.lockDirectory("/d");
    disk.crash("everything");
    expect(() => file.sizeBytes()).toThrow("earlier process");
    disk.lockDirectory("/d");
  });

  test("a lock of before does not release the one of after", () => {
    const before = disk.lockDirectory("/");
    disk.crash();
    disk.lockDirectory("/");
    before.release();
    expect(() => disk.lockDirectory("/")).toThrow("locked");
  });
});

describe("what was not synced", () => {
  test("is there in full when everything is kept", () => {
    const file = disk.open("/f", "create");
    file.writeAt(bytes("page cache"), 0);
    disk.crash("everything");
    expect(read("/f")).toBe("page cache");
  });

  test("survives sector by sector when some is kept, each old or new as a whole", () => {
    const sectors = 64;
    writeDurably("/f", "o".repeat(sectors * SECTOR_BYTES));
    disk.open("/f", "read-write").writeAt(bytes("n".repeat(sectors * SECTOR_BYTES)), 0);
    disk.crash({ some: new Sfc32(7) });
    const kept = (read("/f") ?? "").match(/o+|n+/g) ?? [];
    expect(kept.every((run) => run.length % SECTOR_BYTES === 0)).toBe(true);
    expect(kept.length).toBeGreaterThan(10);
  });

  test("beyond an end that was not kept is zeros when the file grows again", () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 20; seed += 1) {
      disk = new MemoryDisk();
      writeDurably("/f", "o");
      disk.open("/f", "read-write").writeAt(bytes("n".repeat(4 * SECTOR_BYTES)), 0);
      disk.crash({ some: new Sfc32(seed) });
      const file = disk.open("/f", "read-write");
      const keptBytes = file.sizeBytes();
      lengths.add(keptBytes);
      file.truncate(4 * SECTOR_BYTES);
      expect(
        disk
          .readFile("/f")
          .subarray(keptBytes)
          .every((byte) => byte === 0),
      ).toBe(true);
    }
    expect([...lengths].sort((a, b) => a - b)).toEqual([1, 4 * SECTOR_BYTES]);
  });

  test("is the same for the same seed", () => {
    const run = (): string | undefined => {
      disk = new MemoryDisk();
      writeDurably("/f", "o".repeat(8 * SECTOR_BYTES));
      disk.open("/f", "read-write").writeAt(bytes("n".repeat(8 * SECTOR_BYTES)), 0);
      disk.crash({ some: new Sfc32(3) });
      return read("/f");
    };
    expect(run()).toBe(run());
  });
});

describe("a disk that stops after a number of writes", () => {
  function scenario(): void {
    writeDurably("/a", "first");
    disk.replaceFile("/a", bytes("second"));
  }

  test("leaves, at every point, the old or the new file and nothing torn", () => {
    scenario();
    const writes = disk.writesSoFar;
    const seen = new Set<string | undefined>();
    for (let after = 0; after <= writes; after += 1) {
      disk = new MemoryDisk();
      disk.crashAfter(after);
      try {
        scenario();
      } catch (error) {
        expect(error).toMatchObject({ code: "ESTOPPED" });
      }
      disk.crash();
      seen.add(read("/a"));
    }
    expect(seen).toEqual(new Set([undefined, "first", "second"]));
  });

  test("refuses everything that changes it until the crash, reading goes on", () => {
    writeDurably("/a", "first");
    disk.crashAfter(0);
    expect(() => disk.open("/b", "create")).toThrow(DiskError);
    expect(() => disk.removeFile("/a")).toThrow(DiskError);
    expect(read("/a")).toBe("first");
    disk.crash();
    writeDurably("/b", "second");
    expect(read("/b")).toBe("second");
  });

  test("lets a part of the write through that it cuts off", () => {
    const file = disk.open("/f", "create");
    disk.crashAfter(1, { tornBytes: 3 });
    file.writeAt(bytes("whole"), 0);
    expect(() => file.writeAt(bytes("torn!"), 5)).toThrow("stopped");
    expect(() => file.writeAt(bytes("never"), 8)).toThrow("stopped");
    disk.crash("everything");
    expect(read("/f")).toBe("wholetor");
  });
});

test("a failed sync loses what it should have made durable, and a later one does not bring it back", () => {
  writeDurably("/f", "old");
  const file = disk.open("/f", "read-write");
  disk.failSyncs();
  file.writeAt(bytes("new"), 0);
  expect(() => file.syncData()).toThrow("sync failed");
  file.syncData();
  disk.crash();
  expect(read("/f")).toBe("old");
});

test("syncs may fail in one part of the disk alone", () => {
  disk.makeDirectory("/part");
  writeDurably("/f", "old");
  writeDurably("/part/f", "old");
  disk.failSyncs(1, "/part/");
  const [whole, part] = ["/f", "/part/f"].map((path) => disk.open(path, "read-write"));
  for (const file of [whole, part]) file?.writeAt(bytes("new"), 0);
  whole?.syncData();
  expect(() => part?.syncData()).toThrow("sync failed: /part/f");
  disk.crash();
  expect([read("/f"), read("/part/f")]).toEqual(["new", "old"]);
});

test("a full disk refuses what needs room and takes what does not, until there is room", () => {
  writeDurably("/f", "before");
  const file = disk.open("/f", "read-write");
  disk.fillUp();
  expect(() => disk.open("/g", "create")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(() => disk.makeDirectory("/d")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(() => file.writeAt(bytes("longer"), 3)).toThrow(
    expect.objectContaining({ code: "ENOSPC" }),
  );
  file.writeAt(bytes("within"), 0);
  file.syncData();
  expect(read("/f")).toBe("within");
  disk.makeRoom();
  file.writeAt(bytes("longer"), 3);
  expect(read("/f")).toBe("witlonger");
});

test("a medium that goes bad changes what was synced, and can be made good again", () => {
  writeDurably("/f", "abc");
  const makeGood = disk.keep("/f");
  disk.flipBit("/f", 1, 0);
  expect(read("/f")).toBe("acc");
  disk.crash();
  expect(read("/f")).toBe("acc");
  makeGood();
  expect(read("/f")).toBe("abc");
  expect(() => disk.flipBit("/f", 3, 0)).toThrow("beyond what was synced");
});

test("a bit that is flipped under what was written and not synced shows when that is lost", () => {
  writeDurably("/f", "abc");
  disk.open("/f", "read-write").writeAt(bytes("x"), 0);
  disk.flipBit("/f", 1, 0);
  expect(read("/f")).toBe("xbc");
  disk.crash();
  expect(read("/f")).toBe("acc");
});

test("a name that is lost is gone for good, until what was kept is put back", () => {
  writeDurably("/f", "abc");
  const putBack = disk.keep("/f");
  disk.lose("/f");
  expect(disk.exists("/f")).toBe(false);
  disk.crash("everything");
  expect(disk.exists("/f")).toBe(false);
  writeDurably("/f", "other");
  putBack();
  disk.crash();
  expect(read("/f")).toBe("abc");
});

test("a copy has all that a crash has left, and goes its own way", () => {
  writeDurably("/f", "abc");
  disk.crash();
  const copy = disk.copy();
  copy.flipBit("/f", 0, 1);
  copy.replaceFile("/g", bytes("new"));
  expect(read("/f")).toBe("abc");
  expect(disk.exists("/g")).toBe(false);
  disk.open("/f", "read-write").writeAt(bytes("x"), 2);
  expect(Buffer.from(copy.readFile("/f")).toString()).toBe("cbc");
});
