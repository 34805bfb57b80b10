import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const packages = readdirSync("packages").sort();

type Manifest = {
  readonly name: string;
  readonly type: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
};

describe("the workspace", () => {
  test("holds the four packages", () => {
    expect(packages).toEqual(["bench", "pd", "runtime", "store"]);
  });

  test.each(packages)("%s is an ESM package with licence, engines, files and exports", (name) => {
    const text = readFileSync(`packages/${name}/package.json`, "utf8");
    const manifest = JSON.parse(text) as Manifest;
    expect(manifest.name).toBe(`@multiraft/${name}`);
    expect(manifest.type).toBe("module");
    expect(manifest.license).toBe("Apache-2.0");
    expect(manifest.engines.node).toBe(">=20.19");
    expect(manifest.files).toContain("dist");
    expect(Object.keys(manifest.exports)).toContain(".");
  });

  test.each(packages)("%s pins each dependency to one version", (name) => {
    const text = readFileSync(`packages/${name}/package.json`, "utf8");
    const manifest = JSON.parse(text) as Manifest;
    for (const version of Object.values(manifest.dependencies ?? {}))
      expect(version).toMatch(/^(\d+\.\d+\.\d+|workspace:\*)$/);
  });
});
