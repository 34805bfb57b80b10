// The table of faults for whole clusters: that it fits the sources is checked whole, and one of its faults
// is planted and found. The rest is `npm run planted:cluster`.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

const FAULTS_MIN = 30;

/** The packages are copied and built, and whole clusters run. */
vi.setConfig({ testTimeout: 600_000 });

const scratch = mkdtempSync(join(tmpdir(), "multiraft-planted-cluster-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function planted(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, TMPDIR: scratch, INIT_CWD: scratch };
  const program = ["scripts/planted-cluster.mjs", ...args];
  const child = spawn(process.execPath, program, { env, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

test("every patch of the table fits its file once, and compiles", async () => {
  const { code, output } = await planted("--check");
  expect(code, output).toBe(0);
  const count = /^(\d+) faults may be planted$/m.exec(output)?.[1];
  expect(Number(count)).toBeGreaterThanOrEqual(FAULTS_MIN);
});

test("a fault is planted and found, and no copy is left", async () => {
  const named = ["--bug", "tombstone-not-durable", "--json", "answers.json"];
  const { code, output } = await planted(...named);
  expect(code, output).toBe(0);
  expect(JSON.parse(readFileSync(join(scratch, "answers.json"), "utf8"))).toMatchObject([
    { bug: "tombstone-not-durable", profile: "storm", violation: { oracle: "durable-first" } },
  ]);
  expect(readdirSync(scratch)).toEqual(["answers.json"]);
});

test("a fault behind a second guard is found with that one taken out too", async () => {
  const named = ["--bug", "write-outside-range", "--json", "answers.json"];
  const { code, output } = await planted(...named);
  expect(code, output).toBe(0);
  const answers: unknown = JSON.parse(readFileSync(join(scratch, "answers.json"), "utf8"));
  expect(answers).toMatchObject([
    { bug: "write-outside-range", without: "write-of-older-version-taken", violation: {} },
  ]);
});

test.each([
  [["--seeds", "0"], /--seeds/],
  [["--bug", "nobody-knows"], /no fault is named nobody-knows/],
  [["--wind"], /--wind/],
])("%j is refused", async (args, said) => {
  const { code, output } = await planted(...args);
  expect(code).toBe(2);
  expect(output).toMatch(said);
});
