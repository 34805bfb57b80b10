// One suite for both disks: what holds for one holds for the other.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryDisk } from "../sim/memory-disk.ts";
import { type Disk, DiskError } from "./disk.ts";
import { RealDisk } from "./real-disk.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

const disks = [
  ["in memory", () => ({ disk: new MemoryDisk(), root: "/" })],
  [
    "of the machine",
    () => ({ disk: new RealDisk(), root: mkdtempSync(path.join(tmpdir(), "disk-")) }),
  ],
] as const satisfies readonly [string, () => { disk: Disk; root: string }][];

describe.each(disks)("the disk %s", (_name, make) => {
  let disk: Disk;
  let root: string;

  beforeEach(() => {
    ({ disk, root } = make());
  });

  afterEach(() => {
    if (disk instanceof RealDisk) rmSync(root, { recursive: true });
  });

  const at = (...parts: string[]): string => disk.join(root, ...parts);

  function codeOf(operation: () => unknown): string | undefined {
    try {
      operation();
      return undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(DiskError);
      return (error as DiskError).code;
    }
  }

  function write(name: string, content: string): void {
    const file = disk.open(at(name), "create");
    file.writeAt(bytes(content), 0);
    file.close();
  }

  test("reads back what was written, anywhere, with zeros between", () => {
    const file = disk.open(at("f"), "create");
    file.writeAt(bytes("head"), 0);
    file.writeAt(bytes("tail"), 9_000);
    expect(file.sizeBytes()).toBe(9_004);
    const all = new Uint8Array(9_004);
    expect(file.readAt(all, 0)).toBe(9_004);
    expect(text(all.subarray(0, 4))).toBe("head");
    expect(all.subarray(4, 9_000).every((byte) => byte === 0)).toBe(true);
    expect(text(all.subarray(9_000))).toBe("tail");
    file.close();
  });

  test("overwrites across page borders", () => {
    const file = disk.open(at("f"), "create");
    file.writeAt(new Uint8Array(10_000).fill(1), 0);
    file.writeAt(new Uint8Array(5_000).fill(2), 3_000);
    const all = disk.readFile(at("f"));
    expect(all.filter((byte) => byte === 2)).toHaveLength(5_000);
    expect([all[2_999], all[3_000], all[7_999], all[8_000]]).toEqual([1, 2, 2, 1]);
    file.close();
  });

  test("reads fewer bytes at the end of a file, none beyond it", () => {
    write("f", "abcdef");
    const file = disk.open(at("f"), "read");
    const into = new Uint8Array(4);
    expect(file.readAt(into, 4)).toBe(2);
    expect(text(into.subarray(0, 2))).toBe("ef");
    expect(file.readAt(into, 6)).toBe(0);
    expect(file.readAt(into, 100)).toBe(0);
    file.close();
  });

  test("a file that was cut and grows again has zeros where it was cut", () => {
    const file = disk.open(at("f"), "create");
    file.writeAt(new Uint8Array(9_000).fill(7), 0);
    file.truncate(5_000);
    expect(file.sizeBytes()).toBe(5_000);
    file.truncate(9_000);
    const all = disk.readFile(at("f"));
    expect(all.subarray(0, 5_000).every((byte) => byte === 7)).toBe(true);
    expect(all.subarray(5_000).every((byte) => byte === 0)).toBe(true);
    file.close();
  });

  test("creates only what is not there, opens only what is", () => {
    write("f", "x");
    expect(codeOf(() => disk.open(at("f"), "create"))).toBe("EEXIST");
    expect(codeOf(() => disk.open(at("g"), "read"))).toBe("ENOENT");
    expect(codeOf(() => disk.open(at("g"), "read-write"))).toBe("ENOENT");
    expect(codeOf(() => disk.open(at("no", "g"), "create"))).toBe("ENOENT");
    expect(codeOf(() => disk.readFile(at("g")))).toBe("ENOENT");
    expect(codeOf(() => disk.removeFile(at("g")))).toBe("ENOENT");
    expect(codeOf(() => disk.rename(at("g"), at("h")))).toBe("ENOENT");
    expect(codeOf(() => disk.list(at("no")))).toBe("ENOENT");
    expect(codeOf(() => disk.syncDirectory(at("no")))).toBe("ENOENT");
  });

  test("closing is harmless when repeated, use after it is an assertion", () => {
    const file = disk.open(at("f"), "create");
    file.close();
    file.close();
    expect(() => file.sizeBytes()).toThrow("closed");
    expect(() => file.writeAt(bytes("x"), 0)).toThrow("closed");
  });

  test("lists names in order, and says which are directories", () => {
    write("b", "");
    disk.makeDirectory(at("a"));
    write("c", "");
    expect(disk.list(root)).toEqual([
      { name: "a", isDirectory: true },
      { name: "b", isDirectory: false },
      { name: "c", isDirectory: false },
    ]);
    expect(codeOf(() => disk.makeDirectory(at("a")))).toBe("EEXIST");
  });

  test("renames over a file and moves trees", () => {
    write("from", "new");
    write("to", "old");
    disk.rename(at("from"), at("to"));
    expect(text(disk.readFile(at("to")))).toBe("new");
    expect(disk.exists(at("from"))).toBe(false);
    disk.makeDirectory(at("d"));
    disk.rename(at("to"), at("d", "f"));
    disk.rename(at("d"), at("e"));
    expect(text(disk.readFile(at("e", "f")))).toBe("new");
    disk.makeDirectory(at("full"));
    write("full/x", "");
    expect(codeOf(() => disk.rename(at("e"), at("full")))).toBe("ENOTEMPTY");
  });

  test("removes a tree with all below, and nothing harmlessly", () => {
    disk.makeDirectory(at("d"));
    disk.makeDirectory(at("d", "e"));
    write("d/e/f", "x");
    disk.removeTree(at("d"));
    expect(disk.exists(at("d"))).toBe(false);
    disk.removeTree(at("d"));
  });

  test("replaces a file as a whole", () => {
    disk.replaceFile(at("f"), bytes("one"));
    disk.replaceFile(at("f"), bytes("two"));
    expect(text(disk.readFile(at("f")))).toBe("two");
    expect(disk.list(root)).toEqual([{ name: "f", isDirectory: false }]);
  });

  test("a locked directory is refused until the lock is released", () => {
    disk.makeDirectory(at("d"));
    const lock = disk.lockDirectory(at("d"));
    expect(codeOf(() => disk.lockDirectory(at("d")))).toBe("ELOCKED");
    lock.release();
    lock.release();
    disk.lockDirectory(at("d")).release();
  });
});
