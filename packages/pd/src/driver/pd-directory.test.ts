import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealDisk } from "@multiraft/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PdDirectory } from "./pd-directory.ts";
import { EMPTY_RECORD } from "./pd-record.ts";

const disk = new RealDisk();
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "multiraft-pd-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a record is read as it was written last, on the machine's own disk", () => {
  const path = join(root, "pd");
  const first = new PdDirectory(disk, path);
  expect(first.load()).toBeUndefined();
  first.save({ ...EMPTY_RECORD, idsEnd: 5 });
  first.save({ ...EMPTY_RECORD, idsEnd: 9 });
  first.close();
  const second = new PdDirectory(disk, path);
  expect(second.load()).toEqual({ ...EMPTY_RECORD, idsEnd: 9 });
  second.close();
  expect(readdirSync(path)).toEqual(["placement-driver"]);
});

test("a directory has one owner, until that closes it", () => {
  const first = new PdDirectory(disk, root);
  expect(() => new PdDirectory(disk, root)).toThrow(expect.objectContaining({ code: "ELOCKED" }));
  first.close();
  new PdDirectory(disk, root).close();
});

test("what is no record is refused", () => {
  writeFileSync(join(root, "placement-driver"), "something else\n");
  const directory = new PdDirectory(disk, root);
  expect(() => directory.load()).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_PD_DAMAGED" }),
  );
  directory.close();
});

test("a record that must be there and is not is refused", () => {
  const directory = new PdDirectory(disk, root);
  expect(() => directory.load(true)).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_PD_MISSING" }),
  );
  directory.save(EMPTY_RECORD);
  expect(directory.load(true)).toEqual(EMPTY_RECORD);
  directory.close();
});
