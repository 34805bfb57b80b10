import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { contradictions, readJournal } from "./journal.ts";

const dir = mkdtempSync(join(tmpdir(), "multiraft-journal-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const path = join(dir, "journal");
writeFileSync(
  path,
  "try 1 a\nack 1 a\ntry 2 b\ntry 3 a\nsnapshots 0 under way\nack 3 a\ntry 4 a\n",
);
const journal = readJournal(path);

test.each<[string, Record<string, string>, readonly string[]]>([
  ["the last acknowledged number", { a: "3 v" }, []],
  ["a later one that was only tried", { a: "4 v", b: "2 v" }, []],
  ["an earlier one", { a: "1 v" }, ["a: 3 was acknowledged, 1 found"]],
  ["nothing", {}, ["a: 3 was acknowledged, 0 found"]],
  ["a number of another key", { a: "3 v", b: "1 v" }, ["b: 1 was never written"]],
  ["a key of nobody", { a: "3 v", c: "9 v" }, ["c: never written"]],
])("%s", (_, found, wrong) => {
  expect(contradictions(journal, new Map(Object.entries(found)))).toEqual(wrong);
});

test("counts what was acknowledged, and knows the last number", () => {
  expect(journal).toMatchObject({ acknowledged: 2, last: 4, snapshotsSeen: 0 });
});
