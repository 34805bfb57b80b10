import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const RIGHT = "committed cfg=(1) idx=(7)\n----\n     idx\n>      7    (id=1)\n7\n";
const WRONG = RIGHT.replace("\n7\n", "\n8\n");

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "multiraft-conformance-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

type Environment = Readonly<Record<string, string>>;

/** Run from `directory`, as npm would be. */
function conformance(args: readonly string[], environment: Environment = {}) {
  const { MULTIRAFT_REQUIRE_GIVEN_SCRIPTS: _, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["scripts/conformance.mjs", ...args],
    { encoding: "utf8", env: { ...inherited, INIT_CWD: directory, ...environment } },
  );
  return { status, lines: stdout.trimEnd().split("\n"), stdout, stderr };
}

describe("npm run conformance -- DIR...", () => {
  test("runs every .txt file below each folder, a line a file, and counts them", () => {
    write("a/quorum/one.txt", RIGHT);
    write("a/quorum/deep/two.txt", RIGHT);
    write("a/quorum/notes.md", "no script");
    write("b/interaction/three.txt", "log-level none\n----\nok\n");
    write("b/confchange/four.txt", "simple\nv1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n");
    const { status, lines } = conformance(["a", "b"]);
    expect(lines).toEqual([
      "passed  a/quorum/deep/two.txt  1 directives",
      "passed  a/quorum/one.txt  1 directives",
      "passed  b/confchange/four.txt  1 directives",
      "passed  b/interaction/three.txt  1 directives",
      "4 passed, 0 failed",
    ]);
    expect(status).toBe(0);
  });

  test("shows the first directive that differs, and ends with 1", () => {
    write("quorum/right.txt", RIGHT);
    write("quorum/wrong.txt", `# twice wrong\n\n${WRONG}\n${WRONG}`);
    const { status, lines } = conformance(["."]);
    expect(lines).toEqual([
      "passed  quorum/right.txt  1 directives",
      "FAILED  quorum/wrong.txt:3: committed cfg=(1) idx=(7)",
      "  expected",
      "    |     idx",
      "    |>      7    (id=1)",
      "    |8",
      "  actual",
      "    |     idx",
      "    |>      7    (id=1)",
      "    |7",
      "1 passed, 1 failed",
    ]);
    expect(status).toBe(1);
  });

  test.each([
    ["a space at the end", RIGHT.replace("\n7\n", "\n7 \n")],
    ["a line too many", `${RIGHT}8\n`],
    ["a line too few", RIGHT.replace("\n7\n", "\n")],
    ["nothing expected", "committed cfg=(1) idx=(7)\n----\n"],
  ])("compares byte for byte: %s", (_, text) => {
    write("quorum/script.txt", text);
    const { status, lines } = conformance(["quorum"]);
    expect(lines.at(-1)).toBe("0 passed, 1 failed");
    expect(status).toBe(1);
  });

  test("a script that cannot be run fails with the reason", () => {
    write("quorum/unknown.txt", "elect cfg=(1)\n----\n");
    write("quorum/unended.txt", "\ncommitted cfg=(1) idx=(7)\n7\n");
    write("quorum/empty.txt", "# nothing\n");
    const { status, stdout, lines } = conformance(["quorum"]);
    expect(stdout).toContain("FAILED  quorum/unknown.txt:1: elect cfg=(1)\n");
    expect(stdout).toContain("    |unknown command elect\n");
    expect(stdout).toContain("FAILED  quorum/unended.txt: line 2: a directive without ----\n");
    expect(stdout).toContain("FAILED  quorum/empty.txt: a script without directives\n");
    expect(lines.at(-1)).toBe("0 passed, 3 failed");
    expect(status).toBe(1);
  });

  test.each([
    ["a folder without scripts", ["empty"], "holds no .txt file"],
    ["no folder", ["missing"], "there is no folder"],
    ["a folder and none", ["quorum", "missing"], "there is no folder"],
    ["a file instead of a folder", ["quorum/right.txt"], "there is no folder"],
    ["a file of no kind", ["stray"], "lies in no folder named interaction, quorum, confchange"],
    ["an option that does not exist", ["--fast"], "--fast"],
  ])("%s ends with 2, and nothing is run", (_, args, message) => {
    mkdirSync(join(directory, "empty"));
    write("quorum/right.txt", RIGHT);
    write("stray/quorum/right.txt", RIGHT);
    write("stray/right.txt", RIGHT);
    const { status, stdout, stderr } = conformance(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

describe("npm run conformance", () => {
  test("runs the repository's scripts and the given ones", () => {
    write("given/quorum/right.txt", RIGHT);
    const environment = { MULTIRAFT_CONFORMANCE_DIR: join(directory, "given") };
    const { status, stdout } = conformance([], environment);
    expect(stdout).toMatch(/^passed {2}.*raft-conformance\/scripts\/quorum\/.*\.txt/m);
    expect(stdout).toMatch(/^passed {2}given\/quorum\/right\.txt {2}1 directives$/m);
    expect(stdout).not.toContain("note:");
    expect(status).toBe(0);
  });

  test("says so when the given scripts are not there", () => {
    const environment = { MULTIRAFT_CONFORMANCE_DIR: join(directory, "missing") };
    const { status, stdout } = conformance([], environment);
    expect(stdout).toContain("note: the given scripts are not there");
    expect(stdout).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
    expect(status).toBe(0);
  });

  test("ends with 2 when they are required and not there", () => {
    const { status, stderr } = conformance([], {
      MULTIRAFT_CONFORMANCE_DIR: join(directory, "missing"),
      MULTIRAFT_REQUIRE_GIVEN_SCRIPTS: "1",
    });
    expect(stderr).toContain("the given scripts are required");
    expect(status).toBe(2);
  });

  test("--help says how it is used", () => {
    const { status, stdout } = conformance(["--help"]);
    expect(stdout).toContain("npm run conformance -- DIR...");
    expect(status).toBe(0);
  });
});
