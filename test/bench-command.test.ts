// `npm run bench` as a command: what it refuses, what it runs, and how it ends when it is interrupted.
import { type ChildProcess, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { SuiteReport } from "../packages/bench/src/suite/row.ts";
import { BenchProcess } from "./bench-process.ts";

const bench = new BenchProcess();
const { scratch } = bench;
afterAll(() => bench.remove());

describe("the command line", () => {
  test.each([
    [[], "mailbox, raft, scale, snapshot"],
    [["nothing"], "mailbox, raft, scale, snapshot"],
    [["toString"], "mailbox, raft, scale, snapshot"],
    [["mailbox", "--turns", "3"], "--turns"],
    [["mailbox", "--rounds", "0"], "--rounds takes a whole number from 1"],
    [["mailbox", "--threads", "none"], "--threads takes a whole number from 1 to 64"],
    [["kv", "--threads", "1,2"], "kv runs on one number of threads"],
    [["snapshot", "--threads", "1,2,4"], "snapshot runs on one number of threads"],
    [["raft", "--threads", "2"], "raft runs on one thread"],
    [["mailbox", "--only", "no such case"], "tell within a thread"],
    [["mailbox", "--only", "tell", "--only", "aks"], 'no case contains "aks"; there are'],
    [["snapshot", "--list", "--only", "16384 B"], "with --all there is one"],
    [["mailbox", "--json", "/nowhere/at/all.json"], "cannot be written"],
    [["mailbox", "--html", "/nowhere/at/all.html"], "cannot be written"],
    [["mailbox", "--dir", "/nowhere/at/all"], "no directory /nowhere/at/all"],
  ])("%j is refused with 2", (args, says) => {
    const { code, output } = bench.run(...args);
    expect(code).toBe(2);
    expect(output).toContain(says);
  });

  test("--only runs a case with its rivals, and nothing else", () => {
    const { code, output } = bench.run(
      "mailbox",
      "--quick",
      "--list",
      "--only",
      "ASK WITHIN A THREAD, one",
    );
    expect(code).toBe(0);
    expect(output.trim().split("\n")).toEqual([
      "ask within a thread, one at a time",
      "round trip by nact, one at a time",
      "2 cases, 1 round of each",
    ]);
  });

  test("how long a run takes is said before it: less with fewer cases, more with more rounds", () => {
    const minutesOf = (...args: readonly string[]) => {
      const { code, output } = bench.run("kv", "--list", ...args);
      expect(code).toBe(0);
      return Number(/of each, about (\d+) min$/m.exec(output)?.[1]);
    };
    const whole = minutesOf();
    expect(minutesOf("--only", "clients")).toBeLessThan(whole);
    expect(minutesOf("--rounds", "30")).toBeGreaterThan(9 * whole);
  });

  test("--profile leaves a profile of every thread of a case, and its rows are not to be quoted", () => {
    const folder = join(scratch, "profiles");
    const only = ["--only", "tell within a thread", "--rounds", "1", "--profile", folder];
    const { code, output } = bench.run("mailbox", "--quick", ...only);
    expect(code, output).toBe(0);
    expect(output).toContain("code that is watched is slower; not figures to quote");
    const own = join(folder, "tell-within-a-thread-4-numbers");
    const profiles = readdirSync(own).map(
      (name) => JSON.parse(readFileSync(join(own, name), "utf8")) as Profile,
    );
    // Main, and two threads of actors.
    expect(profiles.length).toBe(3);
    const functions = profiles.map(({ nodes }) =>
      nodes.map(({ callFrame }) => callFrame.functionName),
    );
    expect(functions.some((names) => names.includes("receive"))).toBe(true);
    expect(readdirSync(folder)).toContain("nact-within-a-thread-4-numbers");
    rmSync(folder, { recursive: true });
  });

  test("rows are written as JSON, plots as a page that loads nothing", () => {
    const files = ["rows.json", "page.html"].map((name) => join(scratch, name));
    const [json = "", html = ""] = files;
    const only = ["--only", "a heartbeat to bytes and back"];
    const { code, output } = bench.run("raft", "--quick", ...only, "--json", json, "--html", html);
    expect(code, output).toBe(0);
    const { rows, machine } = JSON.parse(readFileSync(json, "utf8")) as SuiteReport;
    expect(machine).toMatchObject({ rounds: 1, quick: true });
    expect(output).toContain("not figures to quote");
    expect(rows.map((row) => row.case)).toEqual([
      "a heartbeat to bytes and back",
      "a heartbeat to bytes and back, msgpackr",
    ]);
    const page = readFileSync(html, "utf8");
    expect(page).toContain("Messages to bytes and back a second");
    expect(page).toContain("This was a quick run");
    expect(page).not.toContain("Ticks of idle replicas");
    expect(page).not.toMatch(/<script|<link|<img|url\(|@import|src=/);
    for (const file of files) rmSync(file);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s shows what there is, and ends all",
    async (signal) => {
      const file = join(scratch, "kept.json");
      writeFileSync(file, "earlier");
      const child = bench.start("raft", "--only", "a heartbeat to bytes and back", "--json", file);
      const output = outputOf(child);
      // With the third process of a round two rounds have ended.
      const rounds = new Set<number>();
      while (rounds.size < 3) {
        for (const pid of roundsOf(child.pid)) rounds.add(pid);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      const { code, says } = await output;
      expect(code, says).toBe(130);
      expect(says).toMatch(/^a heartbeat to bytes and back, msgpackr .* messages\/s/m);
      expect(says).toMatch(
        /INTERRUPTED after [23] of 6 rounds: rows are of (1|1 to 2) of 3 rounds; no file was written/,
      );
      for (const pid of rounds) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
      expect(readFileSync(file, "utf8"), "an earlier result stays").toBe("earlier");
      rmSync(file);
      expect(readdirSync(scratch), "scratch files are removed").toEqual([]);
    },
  );

  test("one that is interrupted before any round has ended says that there are no rows", async () => {
    const child = bench.start("snapshot", "--only", "client beside snapshots, 100");
    const output = outputOf(child);
    while (roundsOf(child.pid).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, says } = await output;
    expect(code, says).toBe(130);
    expect(says).toMatch(/INTERRUPTED after 0 of 3 rounds: there are no rows$/m);
  });
});

type Profile = { readonly nodes: readonly { readonly callFrame: { functionName: string } }[] };

/** Of both streams, once it has ended. */
async function outputOf(child: ChildProcess): Promise<{ code: number | null; says: string }> {
  let says = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      says += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, says };
}

/** Of a run: other processes it starts are none. */
function roundsOf(pid: number | undefined): readonly number[] {
  const args = ["-o", "pid=,args=", "--ppid", String(pid)];
  const { stdout } = spawnSync("ps", args, { encoding: "utf8" });
  const children = stdout.trim().split("\n");
  return children
    .filter((line) => line.includes("round-entry"))
    .map((line) => Number.parseInt(line, 10));
}
