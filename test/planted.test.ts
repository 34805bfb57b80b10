// The table of planted faults: that it fits the sources is checked whole, and a few of its rules are
// broken for real. The rest is `npm run planted`.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";

const RULES_MIN = 40;

/** Each of them starts vitest anew, on a machine that does other things too. */
vi.setConfig({ testTimeout: 600_000 });

const scratch = mkdtempSync(join(tmpdir(), "multiraft-planted-test-"));
/** Where the command makes its copies: nothing may be left there. */
const copies = join(scratch, "copies");
mkdirSync(copies);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function start(args: readonly string[]): ChildProcess {
  const env = { ...process.env, TMPDIR: copies, INIT_CWD: scratch };
  return spawn(process.execPath, ["scripts/planted.mjs", ...args], { env, stdio: "pipe" });
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

const planted = (...args: readonly string[]) => ended(start(args));

/** A table of one rule, which the named test stands for. */
function table(line: string, patch: string, named = "row 65: agrees with its definition"): string {
  const path = join(scratch, "rules.md");
  const diff = `\`\`\`diff quorum.ts\n- ${line}\n+ ${patch}\n\`\`\``;
  const caughtBy = `Caught by \`quorum.test.ts\`: ${named}`;
  writeFileSync(path, `## Any\n\n### any-rule\n\nA rule.\n\n${diff}\n\n${caughtBy}\n`);
  return path;
}

const MAJORITY = "return Math.floor(voterCount / 2) + 1;";

type Answer = { readonly rule: string; readonly isCaught: boolean };

describe("the table of rules", () => {
  test("fits the sources, and every named test is there and passes on the intact code", async () => {
    const { code, output } = await planted("--check");
    expect(code, output).toBe(0);
    const count = /^(\d+) rules may be broken$/m.exec(output)?.[1];
    expect(Number(count)).toBeGreaterThanOrEqual(RULES_MIN);
  });

  test("a few of its rules are broken and missed, and the answers are kept as JSON", async () => {
    const rules = ["one-vote-a-term", "commit-own-term-only", "stale-stability-ack-void"];
    const args = rules.flatMap((rule) => ["--rule", rule]);
    const { code, output } = await planted(...args, "--json", "answers.json");
    expect(code, output).toBe(0);
    expect(output).toMatch(/^3 of 3 rules caught$/m);
    const answers = JSON.parse(readFileSync(join(scratch, "answers.json"), "utf8")) as Answer[];
    // One answer for each that must notice.
    expect([...new Set(answers.map(({ rule }) => rule))]).toEqual(rules);
    expect(answers.filter(({ isCaught }) => !isCaught)).toEqual([]);
  });
});

describe("the command", () => {
  test("ends with 1 when a patch breaks nothing that its test would miss", async () => {
    const path = table(MAJORITY, "return 1 + Math.floor(voterCount / 2);");
    const { code, output } = await planted("--rules", path);
    expect(code, output).toBe(1);
    expect(output).toContain("NOT CAUGHT  any-rule");
    expect(output).toMatch(/^0 of 1 rules caught$/m);
  });

  test("takes no failure for a catch but that of an assertion", async () => {
    const path = table(MAJORITY, 'return JSON.parse("no number");');
    const { code, output } = await planted("--rules", path);
    expect(code, output).toBe(1);
    expect(output).toContain("SyntaxError");
  });

  test.each([
    ["a line that is not there", "return 0.5;", "return 1;", "0 times, not once"],
    [
      "a line that is there more than once",
      "voters: readonly Voter[],",
      "voters: Voter[],",
      "3 times, not once",
    ],
    ["a patch that does not compile", MAJORITY, 'return "two";', "not sound TypeScript"],
    ["a test that is not there", MAJORITY, "return 1;", "has no test"],
  ])("ends with 2 for %s", async (_, line, patch, message) => {
    const path = table(line, patch, message === "has no test" ? "no such test" : undefined);
    const { code, output } = await planted("--rules", path);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });

  test.each([
    [["--rule", "no-such-rule"], "no rule is named no-such-rule"],
    [["--jobs", "0"], "--jobs takes a whole number from 1 to 16"],
    [["--rules", "none.md"], "none.md"],
    [["--list", "--check"], "--list and --check cannot go together"],
    [["--check", "--json", "answers.json"], "--check writes no JSON"],
    [["--matrix", "--rule", "one-vote-a-term"], "--matrix is of all rules"],
  ])("ends with 2 for %s", async (args, message) => {
    const { code, output } = await planted(...args);
    expect(output).toContain(message);
    expect(code).toBe(2);
  });

  test("ends cleanly at Ctrl-C", async () => {
    const child = start([]);
    child.stderr?.once("data", () => child.kill("SIGINT"));
    const { code } = await ended(child);
    expect(code).toBe(130);
    expect(readdirSync(copies)).toEqual([]);
  });
});
