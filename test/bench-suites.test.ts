// The benchmark suites as a user starts them, with small amounts: every row is there, verified, and says
// what it was measured beside.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Ratio, SuiteReport } from "../packages/bench/src/suite/row.ts";
import { BenchProcess } from "./bench-process.ts";

const RUN_MS_MAX = 600_000;

const bench = new BenchProcess();
const { scratch } = bench;
afterAll(() => bench.remove());

function reportOf(suite: string, args: readonly string[]): SuiteReport {
  const file = join(scratch, `${suite}.json`);
  const { code, output } = bench.run(suite, "--quick", ...args, "--json", file);
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

const MACHINE = {
  cpu: expect.any(String),
  cores: expect.any(Number),
  memoryGiB: expect.any(Number),
  kernel: expect.any(String),
  disk: expect.any(String),
  loadAverageAtStart: expect.any(Number),
  node: process.version,
  rounds: 1,
  quick: true,
};

/** Cases of which each is held against the rivals, by their short names. */
type Comparison = readonly [cases: readonly string[], rivals: readonly string[]];

const POSTING = ["postMessage", "postMessage by 64"];
const WORKERS = ["postMessage", "comlink", "piscina", "workerpool"];
const PROGRAMS = [
  "ping-pong",
  "thread ring",
  "counting",
  "fork-join throughput",
  "fork-join creation",
  "big",
  "bounded buffer",
  "banking",
  "dining philosophers",
  "chameneos",
];
/** Some of each kind: all cases, with all sizes, on all threads, take minutes. */
const MAILBOX_ARGS = [
  "4 numbers",
  "lists",
  "one at a time",
  "1 KiB, 64",
  "parked",
  "slow actor",
  "Savina",
]
  .flatMap((part) => ["--only", part])
  .concat("--threads", "1");
const TOLD = [
  "4 numbers, layout",
  "4 numbers, default codec",
  "lists of 8 numbers and 4 texts, default codec",
];
const ASKED = ["layout", "default codec"].map(
  (codec) => `ask across threads, 1 KiB, 64 at a time, ${codec}`,
);
const MAILBOX: readonly Comparison[] = [
  [["tell within a thread, 4 numbers"], [...POSTING, "nact"]],
  [TOLD.map((what) => `tell across threads, ${what}`), POSTING],
  [["ask across threads, one at a time", "ask from the main thread, one at a time"], WORKERS],
  [ASKED, WORKERS],
  [
    ["ask time across threads, parked, p50", "ask time across threads, parked, max"],
    ["postMessage"],
  ],
  [["slow actor, the source waits, memory grown"], ["postMessage"]],
  [["flood of a slow actor, the rest dropped, memory grown"], []],
  [PROGRAMS.map((program) => `Savina ${program}, 1 thread`), ["Erlang/OTP"]],
];

const LIMITS = ["memcpy", "crc32c", "write with fsync", "cp"];
const MOVES = ["memory", "lmdb"].flatMap((engine) =>
  [100, 1_024].map((valueBytes) => `${engine}, ${valueBytes} B values`),
);
const SNAPSHOT: readonly Comparison[] = [
  [MOVES.map((content) => `${content}, end to end`), LIMITS],
  [
    ["memory", "lmdb"].flatMap((engine) =>
      ["", ", CPU a life", ", sent a life"].map(
        (what) => `${engine}, storm of 16 KiB regions, 32 at once, by the driver${what}`,
      ),
    ),
    ["driven directly"],
  ],
];

const PROPOSALS = ["1 group", "50 groups"].flatMap((groups) =>
  [1, 16, 256].flatMap((batch) =>
    [16, 256].map((bytes) => `proposals, ${groups}, batches of ${batch}, ${bytes} B`),
  ),
);
const IDLE = ["a third leading", "followers", "leaders"].map((who) => `idle ticks, ${who}`);
const RAFT: readonly Comparison[] = [
  [PROPOSALS, ["three plain logs, batches of 16, 16 B"]],
  [IDLE, ["a counter in each of as many objects"]],
];

const KV_ARGS = ["A,", "E,", "puts", "filled"].flatMap((part) => ["--only", part]);
const KV: readonly Comparison[] = [
  [["A, 8 clients", "E, 8 clients", "puts, 8 clients", "A, 500/s, p99"], ["etcd"]],
  [["A, 500/s, reads p99", "A, 500/s, updates p99", "A, 500/s, begun late, p99"], ["etcd"]],
  [["a new member filled by snapshot, 1 KiB values"], ["etcd"]],
];

/** One size of each kind of growth: a slope may have any sign where all is noise. */
const SCALE_ARGS = ["big,", "idle", "over payload, 16"]
  .flatMap((part) => ["--only", part])
  .concat("--threads", "1,2");
const IDLE_REPLICAS = ["CPU", "memory", "last write after a store stopped"];
const SCALE: readonly Comparison[] = [
  [["big, 1 thread", "big, 2 threads"], []],
  [["big, speed-up of 2 threads over 1", "big, efficiency of 2 threads over 1"], []],
  [IDLE_REPLICAS.map((what) => `30 idle replicas, memory, ${what}`), []],
  [IDLE_REPLICAS.map((what) => `30 idle replicas that hibernate, memory, ${what}`), []],
  [["messages over payload, 16 B, CPU an operation"], []],
];

describe("suites", () => {
  test.each([
    ["mailbox", MAILBOX_ARGS, MAILBOX],
    ["kv", KV_ARGS, KV],
    ["snapshot", [], SNAPSHOT],
    ["raft", [], RAFT],
    ["scale", SCALE_ARGS, SCALE],
  ])(
    "%s measures its cases beside their rivals",
    (suite, args, comparisons) => {
      const { suite: own, machine, rows } = reportOf(suite, args);
      expect(own).toBe(suite);
      expect(machine).toMatchObject(MACHINE);
      expect(new Set(rows.map((row) => row.case)).size, "names are given once").toBe(rows.length);
      for (const row of rows) expectSound(row);
      for (const [cases, rivals] of comparisons)
        for (const name of cases) {
          expect(rows.map((row) => row.case)).toContain(name);
          const ratios: SuiteReport["rows"][number]["ratios"] =
            rows.find((row) => row.case === name)?.ratios ?? {};
          expect(Object.keys(ratios), name).toEqual(rivals);
          for (const [rival, ratio] of Object.entries(ratios)) expectRatio(ratio, rival, name);
        }
    },
    RUN_MS_MAX,
  );
});

test("a region's end to end is by the wall's clock: never faster than its stages together", () => {
  const { rows } = reportOf("snapshot", ["--only", "memory, 100 B", "--only", "lmdb, 1024 B"]);
  const medianOf = (name: string) => rows.find((row) => row.case === name)?.median ?? Number.NaN;
  for (const content of ["memory, 100 B values", "lmdb, 1024 B values"]) {
    const endToEnd = medianOf(`${content}, end to end`);
    expect(endToEnd, content).toBeLessThan(medianOf(`${content}, all stages`));
  }
});

/** Erlang and etcd are optional, and say so. */
function expectRatio(ratio: Ratio, rival: string, name: string): void {
  if (typeof ratio === "number") expect(ratio, name).toBeGreaterThan(0);
  else
    expect([rival, ratio], name).toEqual([expect.stringMatching(/^(Erlang\/OTP|etcd)$/), "absent"]);
}

function expectSound(row: SuiteReport["rows"][number]): void {
  expect(row).toEqual(ROW);
  const [lowest, highest] = row.spread;
  expect(row.median, row.case).toBeGreaterThan(0);
  expect(row.median, row.case).toBeGreaterThanOrEqual(lowest);
  expect(row.median, row.case).toBeLessThanOrEqual(highest);
  expect(row.cpuSeconds, row.case).toBeGreaterThan(0);
}
