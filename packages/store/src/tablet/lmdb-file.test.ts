import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { RealDisk, Sfc32 } from "@multiraft/runtime";
import { open, type RootDatabase } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkDataFile, DATA_FILE_NAME } from "./lmdb-file.ts";
import { isTreeWhole } from "./lmdb-tree.ts";

const PAGE_BYTES = 4_096;
const ROOT_AT = 24 + 112;
const TRANSACTION_AT = 24 + 128;
const LAST_PAGE_AT = 24 + 120;

const disk = new RealDisk();
let directory: string;
let dataFile: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-file-"));
  dataFile = path.join(directory, DATA_FILE_NAME);
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

function openDatabase(): RootDatabase<Uint8Array, Uint8Array> {
  return open(directory, {
    noSubdir: false,
    pageSize: PAGE_BYTES,
    overlappingSync: false,
    encoding: "binary",
    keyEncoding: "binary",
  });
}

function keyOf(number: number): Uint8Array {
  const key = Buffer.alloc(5, 1);
  key.writeUInt32BE(number, 1);
  return key;
}

/** The newest meta page. */
function newestMeta(): { root: bigint; nominalBytes: number } {
  const file = fs.readFileSync(dataFile);
  const metas = [file, file.subarray(PAGE_BYTES)].map((meta) => ({
    transaction: meta.readBigUInt64LE(TRANSACTION_AT),
    root: meta.readBigUInt64LE(ROOT_AT),
    nominalBytes: (Number(meta.readBigUInt64LE(LAST_PAGE_AT)) + 1) * PAGE_BYTES,
  }));
  const [newest] = metas.sort((a, b) => Number(b.transaction - a.transaction));
  if (newest === undefined) throw new Error("no meta page");
  return newest;
}

function isWhole(): boolean {
  const file = disk.open(dataFile, "read");
  try {
    return isTreeWhole(file, newestMeta().root, PAGE_BYTES);
  } finally {
    file.close();
  }
}

test("a tree of branches, leaves and large values is whole, and not when any page of it is gone", async () => {
  const database = openDatabase();
  await database.batch(() => {
    for (let number = 0; number < 2_000; number += 1)
      void database.put(keyOf(number), Buffer.alloc(number % 100 === 0 ? 20_000 : 300, number));
  });
  await database.close();
  expect(isWhole()).toBe(true);
  const content = fs.readFileSync(dataFile);
  const pages = content.byteLength / PAGE_BYTES;
  // The file has been written once: every page behind the meta pages is part of the tree.
  for (let left = pages - 1; left > 2; left -= 7) {
    fs.writeFileSync(dataFile, content.subarray(0, left * PAGE_BYTES));
    expect(() => checkDataFile(disk, directory)).toThrow(`has ${left * PAGE_BYTES} of`);
  }
});

test("a root that is something else than a page of a tree is damage", async () => {
  const database = openDatabase();
  await database.put(keyOf(1), Buffer.alloc(10));
  await database.close();
  const content = fs.readFileSync(dataFile);
  const root = Number(newestMeta().root);
  content.fill(0, root * PAGE_BYTES, (root + 1) * PAGE_BYTES);
  fs.writeFileSync(dataFile, content);
  expect(isWhole()).toBe(false);
});

test("a file without pages at its end that nothing refers to is whole", async () => {
  const database = openDatabase();
  const random = new Sfc32(5);
  let missingBytes = 0;
  for (let round = 0; round < 30 && missingBytes === 0; round += 1) {
    const first = round * 50;
    await database.batch(() => {
      for (let number = first; number < first + 50; number += 1)
        void database.put(keyOf(number), Buffer.alloc(number % 10 === 0 ? 20_000 : 300));
      for (let number = first; number < first + 50; number += 1)
        if (random.below(10) > 0) void database.remove(keyOf(number));
    });
    missingBytes = newestMeta().nominalBytes - fs.statSync(dataFile).size;
  }
  await database.close();
  expect(missingBytes).toBeGreaterThan(0);
  expect(isWhole()).toBe(true);
  checkDataFile(disk, directory);
});
