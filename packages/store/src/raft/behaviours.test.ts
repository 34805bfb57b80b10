// Holds the page of behaviours and the names of the tests together: every row has a test, every
// test names rows that exist, and the page tells where to look.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROWS = 177;

const folder = dirname(fileURLToPath(import.meta.url));
const pagePath = join(folder, "../../../../docs/raft-behaviours.md");
const page = readFileSync(pagePath, "utf8");

const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts") && name !== basename(import.meta.url))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

/** A name, at the start of its literal: of a test, or of a case that is the whole name. */
const ROW_NAME = /["`]rows? (\d+(?:, \d+)*): /g;
const TOPIC_NAME = /["`]beyond etcd: ([^:"`]+): /g;

/** Files by what their tests' names claim: a row's number, or a topic. */
function claims(): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const { name, text } of sources)
    for (const claim of claimsOf(text)) files.set(claim, [...(files.get(claim) ?? []), name]);
  return files;
}

function claimsOf(text: string): ReadonlySet<string> {
  const rows = [...text.matchAll(ROW_NAME)].flatMap(([, list = ""]) => list.split(", "));
  const topics = [...text.matchAll(TOPIC_NAME)].map(([, topic = ""]) => topic);
  return new Set([...rows, ...topics]);
}

/** The first cells of the page's tables: rows without their star, and topics. */
const keys = [...page.matchAll(/^\| ([^|]+?)\*? \| [^|]+ \| [^|]*\|$/gm)]
  .map(([, key = ""]) => key)
  .filter((key) => key !== "row" && key !== "topic" && key !== "---");

test("the page lists every row once, in order, and the topics", () => {
  const rows = Array.from({ length: ROWS }, (_, position) => String(position + 1));
  expect(keys.slice(0, ROWS)).toEqual(rows);
  const topics = keys.slice(ROWS);
  expect(topics.length).toBeGreaterThan(0);
  expect(topics.filter((topic) => !/^[a-z ]+$/.test(topic))).toEqual([]);
});

test("every row and every topic has a test", () => {
  const shown = claims();
  expect(keys.filter((key) => !shown.has(key))).toEqual([]);
});

test("no test names a row or a topic that the page does not have", () => {
  expect([...claims().keys()].filter((claim) => !keys.includes(claim))).toEqual([]);
});

test("the page tells which files show a row", async () => {
  const shown = claims();
  const filled = page.replace(
    /^\| (?!row |topic |---)([^|]+?)(\*?) \| ([^|]+) \| [^|]*\|$/gm,
    (_, key: string, star: string, behaviour: string) =>
      `| ${key}${star} | ${behaviour} | ${(shown.get(key) ?? []).join(", ")} |`,
  );
  await expect(filled).toMatchFileSnapshot(pagePath);
});

test.each(sources)("$name names rows in one way, and for tests that run", ({ text }) => {
  // A group's name would claim its rows for every test in it.
  expect(text).not.toMatch(/describe(?:\.each\([^"`]*\))?\(\s*["`](?:rows? \d|beyond etcd)/);
  const mentions = text.match(/\brows? \d/g) ?? [];
  expect(text.match(ROW_NAME) ?? []).toHaveLength(mentions.length);
  expect(text).not.toMatch(
    /\b(?:test|describe)(?:\.each)?\.(?:skip|todo|only|fails|skipIf|runIf)\b/,
  );
});
