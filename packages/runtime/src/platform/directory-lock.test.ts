import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RealDisk } from "./real-disk.ts";

const disk = new RealDisk();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "lock-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("the lock of a process that has ended is taken over and cleared away", () => {
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(path.join(directory, `lock.${ended}.12345.1`), "");
  const lock = disk.lockDirectory(directory);
  expect(readdirSync(directory)).toHaveLength(1);
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

test("the lock of an earlier process with a number in use again is taken over", () => {
  writeFileSync(path.join(directory, `lock.${process.pid}.1.1`), "");
  disk.lockDirectory(directory).release();
  expect(readdirSync(directory)).toEqual([]);
});

test("who is refused leaves nothing behind, and other files are let be", () => {
  writeFileSync(path.join(directory, "lock.txt"), "");
  const lock = disk.lockDirectory(directory);
  expect(() => disk.lockDirectory(directory)).toThrow(`process ${process.pid} holds the lock`);
  lock.release();
  expect(readdirSync(directory)).toEqual(["lock.txt"]);
});
