// The benchmark suites as a user starts them, with small amounts: every row is there, verified, and says
// what it was measured beside.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SuiteReport } from "../packages/bench/src/suite/row.ts";

const BENCH = join(import.meta.dirname, "..", "packages", "bench", "dist", "cli", "bench.js");
const RUN_MS_MAX = 300_000;

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "bench-test-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function bench(...args: readonly string[]): {
  readonly code: number | null;
  readonly output: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args], {
    env: { ...process.env, TMPDIR: scratch },
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

function reportOf(suite: string): SuiteReport {
  const file = join(scratch, `${suite}.json`);
  const { code, output } = bench(suite, "--quick", "--json", file);
  expect(code, output).toBe(0);
  const report = JSON.parse(readFileSync(file, "utf8")) as SuiteReport;
  for (const { case: name } of report.rows) expect(output).toContain(name);
  rmSync(file);
  expect(readdirSync(scratch), "scratch files are removed").toEqual([]);
  return report;
}

const ROW = {
  case: expect.any(String),
  params: expect.any(Object),
  unit: expect.any(String),
  median: expect.any(Number),
  spread: [expect.any(Number), expect.any(Number)],
  cpuSeconds: expect.any(Number),
  verified: true,
  ratios: expect.any(Object),
};

const POSTING = ["postMessage", "postMessage by 64"];
const MACHINE = ["memcpy", "crc32c", "write with fsync"];
const MOVES = ["memory", "lmdb"].flatMap((engine) =>
  [100, 1_024].map((valueBytes) => `${engine}, ${valueBytes} B values`),
);

const PLAIN_LOGS = "three plain logs, batches of 16, 16 B";
const COUNTERS = "a counter in each of as many objects";
const PROPOSALS = ["1 group", "50 groups"].flatMap((groups) =>
  [1, 16, 256].flatMap((batch) =>
    [16, 256].map((bytes) => `proposals, ${groups}, batches of ${batch}, ${bytes} B`),
  ),
);
const IDLE = ["a third leading", "followers", "leaders"].map((who) => `idle ticks, ${who}`);

describe("suites", () => {
  test.each([
    ["mailbox", [[["tell within a thread", "tell across threads"], POSTING]]],
    ["snapshot", [[MOVES.map((content) => `${content}, end to end`), MACHINE]]],
    [
      "raft",
      [
        [PROPOSALS, [PLAIN_LOGS]],
        [IDLE, [COUNTERS]],
      ],
    ],
  ] as const)(
    "%s measures its cases beside their rivals",
    (suite, comparisons) => {
      const { suite: own, machine, rows } = reportOf(suite);
      expect(own).toBe(suite);
      expect(machine).toMatchObject({ cores: expect.any(Number), node: process.version });
      for (const row of rows) {
        expect(row).toEqual(ROW);
        const [lowest, highest] = row.spread;
        expect(row.median).toBeGreaterThan(0);
        expect(row.median).toBeGreaterThanOrEqual(lowest);
        expect(row.median).toBeLessThanOrEqual(highest);
      }
      for (const [cases, rivals] of comparisons) {
        for (const name of cases)
          expect(Object.keys(rows.find((row) => row.case === name)?.ratios ?? {})).toEqual(rivals);
        for (const rival of rivals) expect(rows.map((row) => row.case)).toContain(rival);
      }
    },
    RUN_MS_MAX,
  );

  test.each([[[]], [["nothing"]], [["toString"]], [["mailbox", "--rounds", "3"]]])(
    "%j is refused with 2",
    (args) => {
      const { code, output } = bench(...args);
      expect(code).toBe(2);
      expect(output).toMatch(/mailbox, raft, snapshot|--rounds/);
    },
  );
});
