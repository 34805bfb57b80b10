import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FOLDER = "packages/store/src/raft";
const section = /^## The Raft core\n([\s\S]*?)^## /m.exec(readFileSync("ARCHITECTURE.md", "utf8"));
const files = readdirSync(FOLDER).filter((name) => /(?<!\.test|\.bench)\.ts$/.test(name));

test("the map of the Raft core names every file of its folder once, and no other", () => {
  const rows = [...(section?.[1] ?? "").matchAll(/^\| `([a-z-]+\.ts)` \|/gm)];
  expect(rows.map((row) => row[1]).sort()).toEqual(files.sort());
});

test("the way of a proposal leads through files of the folder", () => {
  const picture = /```text\n([\s\S]*?)```/.exec(section?.[1] ?? "")?.[1] ?? "";
  const named = [...picture.matchAll(/[a-z-]+\.ts\b/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(files).toContain(name);
});

test("the switches that the map names are options of the configuration", () => {
  const config = readFileSync(`${FOLDER}/config.ts`, "utf8");
  const named = [...(section?.[1] ?? "").matchAll(/^\| switch `(\w+)`/gm)].map((row) => row[1]);
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(config).toContain(`readonly ${name}?: boolean`);
});
