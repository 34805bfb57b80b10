// `npm run bench -- stress` as a command: one short round of each phase, what it refuses, how it ends when
// it is interrupted, and that it notices builds with a fault in them.
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const BENCH = join("packages", "bench", "dist", "cli", "bench.js");
const RUN_MS_MAX = 600_000;

let scratch = "";
let environment: NodeJS.ProcessEnv = {};
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "stress-test-"));
  environment = { ...process.env, TMPDIR: join(scratch, "tmp") };
  mkdirSync(join(scratch, "tmp"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function stress(root: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, BENCH), "stress", ...args],
    { env: environment, encoding: "utf8" },
  );
  return { code: status, output: stdout + stderr };
}

const left = () => readdirSync(join(scratch, "tmp"));

describe("one round of each phase", () => {
  test.each([
    ["mail", "messages", []],
    ["lives", "lives", ["asks", "stale messages", "to later lives"]],
    ["cluster", "operations", ["disturbances", "regions"]],
    ["kill9", "writes", ["kills", "regions"]],
  ])(
    "%s holds, and says what it did",
    (phase, unit, more) => {
      const json = join(scratch, `${phase}.json`);
      const { code, output } = stress(ROOT, "--quick", "--only", phase, "--json", json);
      expect(code, output).toBe(0);
      expect(output).toContain("everything held");
      const { suite, rows, summary } = JSON.parse(readFileSync(json, "utf8"));
      expect(suite).toBe("stress");
      expect(summary).toMatchObject({ rounds: { [phase]: 1 }, violations: [] });
      for (const name of [unit, ...more])
        expect(summary.totals[phase][name], name).toBeGreaterThan(0);
      const names = rows.map((row: { readonly case: string }) => row.case);
      expect(names).toContain(`${phase}, ${unit}`);
      expect(names).toContain("at rest, open descriptors");
      for (const row of rows) expect(row).toMatchObject({ verified: true, ratios: {} });
      expect(left(), "scratch files are removed").toEqual([]);
    },
    RUN_MS_MAX,
  );
});

describe("the command line", () => {
  test.each([
    [["--minutes", "0"], "--minutes takes a whole number from 1"],
    [["--seed", "x"], "--seed takes a whole number"],
    [["--threads", "99"], "--threads takes a whole number from 1 to 32"],
    [["--only", "nothing"], "there are mail, lives, cluster, kill9"],
    [["--quick", "--minutes", "2"], "--quick is one cycle"],
    [["--rounds", "2"], "--rounds"],
    [["--json", "/nowhere/at/all.json"], "cannot be written"],
    [["--dir", "/nowhere/at/all"], "no directory /nowhere/at/all"],
  ])("%j is refused with 2", (args, says) => {
    const { code, output } = stress(ROOT, ...args);
    expect(code).toBe(2);
    expect(output).toContain(says);
  });

  test("--list names the phases, --only some of them", () => {
    expect(stress(ROOT, "--list").output).toBe("mail\nlives\ncluster\nkill9\n");
    expect(stress(ROOT, "--list", "--only", "KILL").output).toBe("kill9\n");
  });
});

test("Ctrl-C ends it with 130, its processes too, and leaves nothing behind", async () => {
  const args = [join(ROOT, BENCH), "stress", "--only", "kill9"];
  const child = spawn(process.execPath, args, { env: environment });
  let says = "";
  child.stdout.on("data", (chunk: Buffer) => {
    says += chunk.toString();
  });
  while (loadersOf(child.pid).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const loaders = loadersOf(child.pid);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(says).toContain("INTERRUPTED in the middle of a round; until then everything held");
  for (const pid of loaders) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(left()).toEqual([]);
});

type Plant = readonly [file: string, sound: string, faulty: string];

/** What is broken, the phase that must notice it, what it says, and the lines of the built files. */
const FAULTS: readonly (readonly [string, string, RegExp, readonly Plant[]])[] = [
  [
    "takes mail whatever life it was meant for",
    "lives",
    /lives, round 0: life with secret \d+ got a/,
    [
      [
        "runtime/dist/kernel/cell-table.js",
        "cell?.incarnation === incarnation",
        "cell !== undefined",
      ],
      // The sender's look is only advice: with the owner's check in place nothing would be seen.
      ["runtime/dist/routing/shared-routing-table.js", "if (incarnation < last)", "if (false)"],
    ],
  ],
  [
    "never gives the slot of an ended life again",
    "lives",
    /lives, round 0: secret \d+ was refused: ERR_MULTIRAFT_SLOTS_EXHAUSTED/,
    [["runtime/dist/kernel/slot-allocator.js", "this.#freed.push(grant)", "{}"]],
  ],
  [
    "forgets to count what died with a thread",
    "mail",
    /mail, round 0: counters at rest: \d+ messages are in flight/,
    [["runtime/dist/system/mail-ledger.js", 'this.#drop("thread-dead", lost)', ""]],
  ],
  [
    "swaps whatever the key holds",
    "cluster",
    /cluster, round 0: no order explains/,
    [["store/dist/peer/applier.js", "if (!isEqual(found, expected))", "if (false)"]],
  ],
];

test.each(FAULTS)(
  "a build that %s is found",
  (_, phase, says, plants) => {
    const broken = mkdtempSync(join(scratch, "broken-"));
    for (const name of ["runtime", "pd", "store", "bench"])
      for (const part of ["dist", "package.json", "node_modules"])
        cpSync(join(ROOT, "packages", name, part), join(broken, "packages", name, part), {
          recursive: true,
          verbatimSymlinks: true,
        });
    symlinkSync(join(ROOT, "node_modules"), join(broken, "node_modules"));
    for (const [file, sound, faulty] of plants)
      plant(join(broken, "packages", file), sound, faulty);
    const { code, output } = stress(broken, "--quick", "--only", phase);
    expect(code, output).toBe(1);
    expect(output).toMatch(/VIOLATION seed \d+/);
    expect(output).toMatch(says);
    expect(left()).toEqual([]);
  },
  RUN_MS_MAX,
);

function plant(file: string, sound: string, faulty: string): void {
  const text = readFileSync(file, "utf8");
  expect(text.split(sound).length, `${sound} stands once in ${file}`).toBe(2);
  writeFileSync(file, text.replace(sound, faulty));
}

/** Processes that load a store: others that a run starts are none. */
function loadersOf(pid: number | undefined): readonly number[] {
  const args = ["-o", "pid=,args=", "--ppid", String(pid)];
  const { stdout } = spawnSync("ps", args, { encoding: "utf8" });
  const children = stdout.trim().split("\n");
  return children
    .filter((line) => line.includes("loader-entry"))
    .map((line) => Number.parseInt(line, 10));
}
