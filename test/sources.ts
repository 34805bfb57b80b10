// Every source file of the packages as text, for the tests of the repository's own rules.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export type Source = {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
};

export function sourcesBelow(directory: string): Source[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) return sourcesBelow(path);
      if (!entry.name.endsWith(".ts")) return [];
      return [{ path, text: readFileSync(path, "utf8"), isTest: /\.test\.ts$/.test(entry.name) }];
    });
}

export function packageSources(): Source[] {
  return readdirSync("packages")
    .sort()
    .filter((name) => statSync(`packages/${name}/src`, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((name) => sourcesBelow(`packages/${name}/src`));
}

/** What a file imports: other files by path, packages by name. Types count as well. */
export function importsOf(source: Source): string[] {
  const specifiers = source.text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...specifiers].map((match) => {
    const specifier = match[1] ?? "";
    if (!specifier.startsWith(".")) return specifier;
    return normalize(join(dirname(source.path), specifier)).replaceAll("\\", "/");
  });
}

export function packageOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** The folder below `src`, "" for files directly in it. */
export function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 4 ? (parts[3] ?? "") : "";
}
