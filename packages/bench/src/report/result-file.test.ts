import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { ResultFile, ResultFileError } from "./result-file.ts";

const root = mkdtempSync(join(tmpdir(), "multiraft-result-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(root, "case-"));
});

test("nothing is there before it is written", () => {
  const file = new ResultFile(join(directory, "rows.json"));
  expect(readdirSync(directory)).toEqual([]);
  file.write("rows");
  expect(readFileSync(join(directory, "rows.json"), "utf8")).toBe("rows");
});

test("an earlier result stays until it is written", () => {
  const path = join(directory, "rows.json");
  writeFileSync(path, "earlier");
  const file = new ResultFile(path);
  expect(readFileSync(path, "utf8")).toBe("earlier");
  file.write("later");
  expect(readFileSync(path, "utf8")).toBe("later");
});

test.each([
  ["a directory that is not there", "none/rows.json"],
  ["a directory itself", "."],
])("%s is refused at once", (_, path) => {
  expect(() => new ResultFile(join(directory, path))).toThrow(ResultFileError);
});
