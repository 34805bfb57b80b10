import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SCENARIOS } from "./all-scenarios.ts";
import { ENTRIES, idOf } from "./entries.ts";
import { renderTable } from "./render-table.ts";
import type { NamedTest } from "./scenario.ts";

const ROOT = new URL("../../../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");

/** The numbers that the catalogue has: 65 of them, with gaps. */
const NUMBERS = [
  1, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 17, 18, 21, 22, 26, 27, 28, 29, 30, 31, 32, 34, 35, 37,
  38, 40, 41, 42, 43, 45, 47, 48, 49, 50, 51, 52, 53, 54, 55, 57, 58, 59, 61, 62, 64, 65, 66, 68,
  69, 71, 72, 73, 74, 75, 76, 77, 80, 81, 82, 85, 86, 88, 89,
];

describe("the table of entries", () => {
  test("has each of the 65 once, in order", () => {
    expect(NUMBERS).toHaveLength(65);
    expect(ENTRIES.map(({ number }) => number)).toEqual(NUMBERS);
  });

  test("names as built exactly what there are scenarios of", () => {
    const built = ENTRIES.filter(({ fate }) => fate.kind === "built").map(idOf);
    expect(SCENARIOS.map(({ id }) => id)).toEqual(built);
  });

  test("names tests that exist", () => {
    const named: NamedTest[] = [];
    for (const { fate } of ENTRIES) if (fate.kind === "raft-core") named.push(fate.test);
    for (const { guard } of SCENARIOS) if (guard.kind === "elsewhere") named.push(guard.test);
    expect(named.length).toBeGreaterThan(0);
    for (const { file, name } of named) expect(read(file), file).toContain(name);
  });

  test("names planted faults that there are", () => {
    const tables = ["rules.md", "cluster.md"].map((name) => read(`scripts/planted/${name}`)).join();
    for (const { guard, id } of SCENARIOS)
      if (guard.kind === "elsewhere") expect(tables, id).toContain(`\n### ${guard.planted}\n`);
  });

  test("stands in the page as it is", () => {
    expect(read("docs/scenarios.md")).toContain(renderTable());
  });
});

test("the page's example is the text of its file", () => {
  const page = read("docs/scenarios.md");
  const [, example] = /```ts\n\/\/ (?:\S+)\n([\s\S]*?)```/.exec(page) ?? [];
  const [, file] = /```ts\n\/\/ (\S+)\n/.exec(page) ?? [];
  expect(file).toBeDefined();
  expect(read(file ?? "")).toBe(example);
});

test("the page explains every word that a scenario may use", () => {
  const page = read("docs/scenarios.md");
  const stage = read("packages/store/src/sim/scenarios/stage.ts");
  const words = [...stage.matchAll(/^ {2}(?:get )?([a-zA-Z]+)\(/gm)].map(([, word]) => word);
  expect(words.length).toBeGreaterThan(30);
  for (const word of words) if (word !== "constructor") expect(page).toContain(`\`${word}\``);
});
