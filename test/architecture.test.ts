import { describe, expect, test } from "vitest";
import { folderOf, importsOf, packageOf, packageSources, type Source } from "./sources.ts";

const sources = packageSources();
const production = sources.filter((source) => !source.isTest);

/** Imports run one way: what stands right may be imported by what stands left of it. */
const PACKAGES = ["bench", "store", "pd", "runtime"];

describe("imports between packages", () => {
  test.each(PACKAGES)("%s imports only packages below it, and itself by path", (name) => {
    const below = PACKAGES.slice(PACKAGES.indexOf(name) + 1);
    for (const source of production.filter(({ path }) => packageOf(path) === name))
      for (const specifier of importsOf(source)) {
        const target = /^@multiraft\/([a-z]+)/.exec(specifier)?.[1];
        if (target !== undefined)
          expect(below, `${source.path} imports ${specifier}`).toContain(target);
        if (specifier.startsWith("packages/"))
          expect(packageOf(specifier), `${source.path} imports ${specifier}`).toBe(name);
      }
  });
});

/**
 * Folders that know little, and all that they may import; every other folder of the package may
 * import them. A folder that is not named here is free within its package.
 */
const FOLDERS: Record<string, readonly string[]> = {
  "runtime/lane": ["", "lane", "platform", "kernel", "actor"],
  "runtime/codec": ["", "codec", "actor", "kernel", "lane"],
  "runtime/platform": ["", "platform", "thread"],
  "pd/protocol": ["protocol"],
  "store/raft": ["raft"],
  "store/region": ["region", "raft"],
  "store/operation": ["operation", "region", "tablet", "raft"],
  "store/log": ["log", "raft"],
  "store/tablet": ["tablet", "platform", "raft", "region"],
};

/** What only tests, simulations and the testing door may reach for. */
const SIMULATION = ["sim", "testing"];

describe("imports between folders", () => {
  test.each(Object.entries(FOLDERS))("%s keeps to its list", (place, allowed) => {
    const [name = "", folder = ""] = place.split("/");
    const inside = production.filter(
      ({ path }) => packageOf(path) === name && folderOf(path) === folder,
    );
    expect(inside.length).toBeGreaterThan(0);
    for (const source of inside)
      for (const specifier of importsOf(source))
        if (specifier.startsWith("packages/"))
          expect(allowed, `${source.path} imports ${specifier}`).toContain(folderOf(specifier));
  });

  test("the consensus core imports nothing but itself", () => {
    for (const source of production.filter(({ path }) => path.includes("/store/src/raft/")))
      for (const specifier of importsOf(source))
        expect(specifier, source.path).toMatch(/^packages\/store\/src\/raft\//);
  });

  test("production code does not import simulation", () => {
    for (const source of production) {
      const isSimulation = SIMULATION.includes(folderOf(source.path)) || isDoor(source);
      if (isSimulation || !isLibrary(source)) continue;
      for (const specifier of importsOf(source))
        if (specifier.startsWith("packages/"))
          expect(SIMULATION, `${source.path} imports ${specifier}`).not.toContain(
            folderOf(specifier),
          );
    }
  });
});

function isDoor({ path }: Source): boolean {
  return /\/src\/(index|testing|sim|protocol\/index)\.ts$/.test(path);
}

describe("files", () => {
  test("every file is imported by production code, or is a door", () => {
    const imported = new Set(production.flatMap(importsOf));
    // What simulates is there for tests: being used by one is enough.
    for (const path of sources.flatMap(importsOf))
      if (SIMULATION.includes(folderOf(path))) imported.add(path);
    const orphans = production
      .filter((source) => !isDoor(source) && !ENTRIES.some((pattern) => pattern.test(source.path)))
      .filter(({ path }) => !imported.has(path))
      .map(({ path }) => path);
    expect(orphans).toEqual([]);
  });

  test("no file gathers strangers under a name that says nothing", () => {
    const vague = sources
      .map(({ path }) => path)
      .filter((path) => /\/(utils?|helpers?|types|common|misc)(\.test)?\.ts$/.test(path));
    expect(vague).toEqual([]);
  });

  test("a file holds at most 500 lines", () => {
    const long = production.filter(({ text }) => text.split("\n").length > 501);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

/** Started by path or by URL: worker entries and commands. */
const ENTRIES = [/\/src\/cli\/[a-z0-9-]+\.ts$/, /-entry\.ts$/];

const AMBIENT =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|crypto\.randomUUID)\b/;
const FILE_SYSTEM = /"node:fs(\/promises)?"/;

describe("time, chance, timers and files are passed in", () => {
  test("nothing outside of platform/ and thread/ reaches for a clock, a generator or a timer", () => {
    for (const source of production) {
      if (!isLibrary(source) || ["platform", "thread"].includes(folderOf(source.path))) continue;
      expect(withoutComments(source.text), source.path).not.toMatch(AMBIENT);
    }
  });

  test("nothing outside of platform/ opens a file by itself", () => {
    for (const source of production) {
      if (!isLibrary(source) || folderOf(source.path) === "platform") continue;
      expect(source.text, source.path).not.toMatch(FILE_SYSTEM);
    }
  });
});

/** The bench measures the machine, runs simulations and talks to a terminal: it is not a library. */
function isLibrary({ path }: Source): boolean {
  return packageOf(path) !== "bench";
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:])\/\/.*$/gm, "$1");
}

describe("names and words", () => {
  test("a duration or a timeout ends in its unit", () => {
    const bare = /\b(?:readonly )?(timeout|delay|interval|duration)\??: number\b/;
    for (const source of production) expect(source.text, source.path).not.toMatch(bare);
  });

  test("nothing is left for later in a comment", () => {
    for (const source of sources)
      expect(source.text, source.path).not.toMatch(/\b(TODO|FIXME|XXX)\b/);
  });
});
