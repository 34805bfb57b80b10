// The table of faults for whole clusters: that it fits the sources is checked whole, and one of its faults
// is planted and found. The rest is `npm run planted:cluster`.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

const FAULTS_MIN = 30;

/** The packages are copied and built, and whole clusters run. */
vi.setConfig({ testTimeout: 600_000 });

const scratch = mkdtempSync(join(tmpdir(), "multiraft-planted-cluster-"));
/** Where the command makes its copies: nothing may be left there. */
const copies = join(scratch, "copies");
mkdirSync(copies);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function planted(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, TMPDIR: copies, INIT_CWD: scratch };
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
  expect(readdirSync(copies)).toEqual([]);
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

const TRIM_GUARD = "() => this.#mayTrim() && this.#tablet.trim(TRIM_BYTES),";
const WITHOUT_IT = "() => this.#tablet.trim(TRIM_BYTES),";
const LATE_UPKEEP = "packages/store/src/sim/scenarios/late-upkeep.test.ts";
const BY_TRIM_TEST = `Met by: ${LATE_UPKEEP}, "a trim that starts after a further split"`;

/** A table of one fault that seeds are said to miss, with what is said to prove it. */
function table(proof: string, patch = WITHOUT_IT): string {
  const path = join(scratch, "table.md");
  const diff = `\`\`\`diff packages/store/src/peer/upkeep.ts\n- ${TRIM_GUARD}\n+ ${patch}\n\`\`\``;
  const missed = `Profile: storm\n\nMissed: It is so.\n\n${proof}`;
  writeFileSync(path, `## Any\n\n### any-fault\n\nA fault.\n\n${diff}\n\n${missed}\n`);
  return path;
}

type Answer = { readonly bug: string; readonly met: { readonly file: string } };

test("a fault that seeds miss is met by the order that was written down for it", async () => {
  const { code, output } = await planted("--table", table(BY_TRIM_TEST), "--json", "met.json");
  expect(code, output).toBe(0);
  expect(output).toMatch(/^0 of 1 faults found by seeds, 1 met by a written order alone/m);
  const answers = JSON.parse(readFileSync(join(scratch, "met.json"), "utf8")) as Answer[];
  expect(answers).toMatchObject([
    { bug: "any-fault", seeds: 0, met: { file: LATE_UPKEEP, isMet: true } },
  ]);
});

test("one that changes nothing is not met, and the command ends with 1", async () => {
  const harmless = TRIM_GUARD.replace("TRIM_BYTES", "TRIM_BYTES + 1");
  const { code, output } = await planted("--table", table(BY_TRIM_TEST, harmless));
  expect(code, output).toBe(1);
  expect(output).toMatch(/^NOT MET {4}any-fault: .*every named test passed$/m);
});

test.each([
  [`Met by: ${LATE_UPKEEP}, "nobody wrote this"`, /has no test "nobody wrote this"/],
  ["Met by: packages/store/src/sim/schedules/ids-overlap.json", /was kept for ids-overlap/],
  ["Met by: packages/store/src/sim/schedules/nobody-kept.json", /ENOENT/],
])("--check: %s", async (proof, said) => {
  const { code, output } = await planted("--check", "--table", table(proof));
  expect(code, output).toBe(2);
  expect(output).toMatch(said);
});

test("--list says what meets what seeds miss", async () => {
  const { code, output } = await planted("--list", "--table", table(BY_TRIM_TEST));
  expect(code).toBe(0);
  expect(output).toContain(
    `    met by: ${LATE_UPKEEP}, "a trim that starts after a further split"\n`,
  );
});

test.each([
  ["a test without a name", `Met by: ${LATE_UPKEEP}`],
  ["a schedule with one", 'Met by: packages/store/src/sim/schedules/ids-overlap.json, "a name"'],
  ["two proofs", `Guarded by: any-fault\n\n${BY_TRIM_TEST}`],
  ["what is no proof", "Seen by: nobody"],
])("%s is not the form of a fault", async (_, proof) => {
  const { code, output } = await planted("--list", "--table", table(proof));
  expect(code).toBe(2);
  expect(output).toContain("not the form of a fault");
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
