// The main job as a user starts it: a real run, its report, and its exit codes.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MainJobReport } from "../packages/bench/src/main-job/report.ts";

const MAIN = join(import.meta.dirname, "..", "packages", "bench", "dist", "cli", "main.js");
/** A run on a machine that does other things too. */
const RUN_MS_MAX = 300_000;

type End = { readonly code: number | null; readonly output: string };
type Run = {
  readonly ended: Promise<End>;
  readonly seen: (text: string) => Promise<void>;
  readonly interrupt: () => void;
};

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "main-job-test-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Its temporary files are made in a directory of its own. */
function start(args: readonly string[], temporary = scratch): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
      for (const watch of watchers) watch();
    });
  const ended = new Promise<End>((resolve) => {
    child.on("close", (code) => resolve({ code, output }));
  });
  const seen = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (output.includes(text)) resolve();
      };
      watchers.add(watch);
      watch();
      void ended.then(() => reject(new Error(`ended without "${text}":\n${output}`)));
    });
  return { ended, seen, interrupt: () => child.kill("SIGINT") };
}

const COUNT = expect.any(Number);
const LATENCY = { count: COUNT, p50Ms: COUNT, p99Ms: COUNT, maxMs: COUNT };
const WINDOW = {
  reads: LATENCY,
  writes: { ...LATENCY, unknown: COUNT },
  overrun: expect.any(Boolean),
};
const play = (heldAt: string) => ({
  heldAt,
  outcome: "dropped",
  reason: expect.stringMatching(/^(tombstone|peer-id-ended|peer-was-removed)/),
  released: true,
  restored: true,
  steps: expect.any(Array),
});

/** What docs/main-job.md says of a run in which everything held. */
const SCHEMA = {
  records: 4_000,
  entries: 12_000,
  entriesReadBack: 12_000,
  lostWrites: 0,
  strangeKeys: 0,
  wrongReads: 0,
  regions: COUNT,
  replicasCompared: COUNT,
  replicasEqual: true,
  snapshots: {
    count: COUNT,
    bytes: COUNT,
    mbPerSecond: COUNT,
    pace: "full",
    streamingSeconds: COUNT,
    stagesMbPerSecond: { copy: COUNT, stream: COUNT, receive: COUNT, sync: COUNT, install: COUNT },
  },
  mail: { sent: COUNT, delivered: COUNT, dropped: COUNT, inFlight: COUNT },
  drops: expect.any(Object),
  race: { crashed: false, plays: [play("mailbox"), play("chunks"), play("install")] },
  latency: { quiet: WINDOW, streaming: WINDOW },
  limits: { memcpyGBps: COUNT, crc32cGBps: COUNT, fsyncWriteMBps: COUNT },
};

test(
  "a quick run holds, and its report is what the documentation says",
  async () => {
    const file = join(scratch, "report.json");
    const args = ["--quick", "--records", "4000", "--threads", "2", "--json", file];
    const { code, output } = await start(args).ended;
    expect(code, output).toBe(0);
    const report = JSON.parse(readFileSync(file, "utf8")) as MainJobReport;
    expect(report).toEqual(SCHEMA);
    const { mail, drops, snapshots, replicasCompared, regions } = report;
    expect(mail.sent).toBe(mail.delivered + mail.dropped + mail.inFlight);
    const dropped = Object.entries(drops).filter(([reason]) => !reason.includes(": "));
    expect(dropped.reduce((sum, [, count]) => sum + count, 0)).toBe(mail.dropped);
    expect(replicasCompared).toBeGreaterThanOrEqual(3 * regions);
    expect(snapshots.count).toBeGreaterThan(0);
    expect(snapshots.bytes).toBeGreaterThan(0);
    for (const { steps } of report.race.plays) expect(steps.length).toBeGreaterThanOrEqual(8);
    expect(readdirSync(scratch)).toEqual(["report.json"]);
  },
  RUN_MS_MAX,
);

test("every field of the report is documented", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "docs", "main-job.md"), "utf8");
  for (const [name, value] of Object.entries(SCHEMA)) {
    expect(text, name).toContain(`\`${name}`);
    const isGroup = typeof value === "object" && !Array.isArray(value) && "constructor" in value;
    if (isGroup && ["snapshots", "mail", "limits"].includes(name))
      for (const field of Object.keys(value)) expect(text, field).toContain(`\`${name}.${field}\``);
  }
});

describe("exit codes", () => {
  test("2 for an option without sense, which is said with what is allowed", async () => {
    const { code, output } = await start(["--stores", "2"]).ended;
    expect(code).toBe(2);
    expect(output).toContain("--stores takes a whole number from 3 to 7");
  });

  test("2 for a report that cannot be written, before any work is done", async () => {
    const { code, output } = await start(["--quick", "--json", "/nowhere/at/all.json"]).ended;
    expect(code).toBe(2);
    expect(output).toContain("cannot be written");
    expect(output).not.toContain("1. ");
  });

  test("2 for a directory that holds something, which is not touched", async () => {
    const dir = mkdtempSync(join(scratch, "mine-"));
    writeFileSync(join(dir, "file"), "mine");
    const { code, output } = await start(["--quick", "--dir", dir]).ended;
    expect(code).toBe(2);
    expect(output).toContain("is not empty");
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  test.each([
    ["at the start", "stores on", 1],
    ["while it loads", "1. ", 1],
    ["while a store is filled", "2. ", 2],
    ["in the race", "under way, and held", 2],
  ])(
    "130 when it is interrupted %s, and nothing is left",
    async (_when, text, times) => {
      const temporary = mkdtempSync(join(scratch, "interrupted-"));
      const run = start(["--quick", "--records", "2000", "--threads", "2"], temporary);
      await run.seen(text);
      for (let i = 0; i < times; i += 1) run.interrupt();
      const { code, output } = await run.ended;
      expect(code, output).toBe(130);
      expect(readdirSync(temporary)).toEqual([]);
    },
    RUN_MS_MAX,
  );
});
