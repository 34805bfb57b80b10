import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const SOURCE = "packages/pd/src";

/** From the vocabulary up to the driver: a folder imports itself and what stands before it. */
const FOLDERS = [
  "protocol",
  "region-tree",
  "store-table",
  "tso",
  "view",
  "operator",
  "checker",
  "scheduler",
  "driver",
] as const;

type SourceFile = { readonly path: string; readonly folder: string; readonly text: string };

const files: SourceFile[] = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
  .map((path) => ({
    path,
    folder: path.includes(sep) ? (path.split(sep)[0] ?? "") : "",
    text: readFileSync(join(SOURCE, path), "utf8"),
  }));

function importedFolders({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, target = ""]) => {
    const from = relative(SOURCE, join(SOURCE, dirname(path), target));
    return from.includes(sep) ? (from.split(sep)[0] ?? "") : "";
  });
}

describe("the folders", () => {
  test("are the known ones", () => {
    const found = new Set(files.map(({ folder }) => folder).filter((folder) => folder !== ""));
    expect([...found].sort()).toEqual([...FOLDERS].sort());
  });

  test.each(FOLDERS.map((folder, at) => [folder, FOLDERS.slice(0, at + 1)] as const))(
    "%s imports nothing that stands above it",
    (folder, allowed) => {
      const imported = files.filter((file) => file.folder === folder).flatMap(importedFolders);
      expect(imported.length).toBeGreaterThan(0);
      for (const target of imported) expect(["", ...allowed]).toContain(target);
    },
  );

  test("reach for no clock, chance, timer or file", () => {
    const impure = /\b(Date\.now|Math\.random|performance\.now|setTimeout|setInterval|node:fs)\b/;
    for (const { path, text } of files) expect([path, impure.exec(text)]).toEqual([path, null]);
  });
});
