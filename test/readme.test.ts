import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");

/** Blocks marked with a file name, as a reader would save them. */
const files = [...readme.matchAll(/^```js file=(\S+)\n([\s\S]*?)^```/gm)].map((match) => ({
  name: match[1] ?? "",
  text: match[2] ?? "",
}));

describe("the examples of the README", () => {
  let directory = "";

  beforeAll(() => {
    // Inside the checkout, so that packages are found as they are from a user's folder.
    mkdirSync(".tmp", { recursive: true });
    directory = mkdtempSync(join(process.cwd(), ".tmp", "readme-"));
    for (const { name, text } of files) writeFileSync(join(directory, name), text);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(files.filter(({ name }) => name.endsWith("-example.mjs")))(
    "$name has at most 15 lines",
    ({ text }) => {
      expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
    },
  );

  test("the runtime example counts to 42 and ends", async () => {
    const { stdout } = await run(process.execPath, ["runtime-example.mjs"], { cwd: directory });
    expect(stdout).toBe("42\n");
  });

  test("the store example stores and scans, and again on the same data", async () => {
    const expected = "true\ncity/andorra Escaldes\ncity/angola Luanda\n";
    for (let round = 0; round < 2; round += 1) {
      const { stdout } = await run(process.execPath, ["store-example.mjs"], { cwd: directory });
      expect(stdout).toBe(expected);
    }
  });
});

describe("the commands of the README", () => {
  const scripts = Object.keys(
    (JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> })
      .scripts,
  );
  const named = new Set(
    [...readme.matchAll(/(?:`|^)npm (?:run )?([a-z0-9]+)\b/gm)].map((match) => match[1] ?? ""),
  );

  test("every one is a script of the package", () => {
    for (const name of named) expect(scripts).toContain(name);
  });

  test("every suite and every simulation is named", async () => {
    const help = async (name: string) =>
      (await run("npm", ["run", "--silent", name, "--", "--help"])).stdout;
    const suites = /^Suites: (.*)$/m.exec(await help("bench"))?.[1]?.split(", ") ?? [];
    expect(suites).toContain("raft");
    for (const suite of suites) expect(readme).toContain(`\`${suite}\``);
    const simulations = [...(await help("sim")).matchAll(/^ {2}([a-z]+) {2,}/gm)];
    expect(simulations.length).toBeGreaterThan(0);
    for (const [, name] of simulations) expect(readme).toContain(`npm run sim -- ${name}`);
  });

  test.each([
    "start",
    "test",
    "bench",
    "sim",
    "guards",
    "conformance",
    "kill9",
    "endings",
    "mutate",
    "planted",
  ])("npm run %s -- --help says how it is used", async (name) => {
    const { stdout } = await run("npm", ["run", "--silent", name, "--", "--help"]);
    expect(stdout).toMatch(/npm /);
  });

  test("set-up that is done has nothing to do, and needs no network", async () => {
    const environment = { ...process.env, npm_config_offline: "true" };
    const { stderr } = await run(process.execPath, ["scripts/setup.mjs"], { env: environment });
    expect(stderr).toBe("");
  });
});
