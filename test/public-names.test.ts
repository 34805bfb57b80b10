import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The doors of the packages, as their `exports` maps list them. */
const DOORS = [
  "runtime/src/index.ts",
  "runtime/src/testing.ts",
  "pd/src/index.ts",
  "pd/src/protocol/index.ts",
  "store/src/index.ts",
  "store/src/raft/index.ts",
  "store/src/testing.ts",
  "store/src/sim.ts",
  "bench/src/index.ts",
];

function exportedNames(door: string): string[] {
  const text = readFileSync(`packages/${door}`, "utf8");
  expect(text, `${door} exports by name`).not.toMatch(/export \*/);
  const blocks = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].map((match) => match[1] ?? "");
  return blocks
    .flatMap((block) => block.split(","))
    .map((name) => name.replace(/^\s*type\s+/, "").trim())
    .filter((name) => name !== "")
    .sort();
}

// Growth of a public door is a decision: it shows up here as a difference to be reviewed.
test.each(DOORS)("the public names of %s are the reviewed ones", async (door) => {
  const names = exportedNames(door).join("\n");
  await expect(`${names}\n`).toMatchFileSnapshot(`public-names/${door.replaceAll("/", "-")}.txt`);
});
