// `npm run sim` as a user starts it: its words, its report, and its exit codes.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const SIM = join(import.meta.dirname, "..", "packages", "bench", "dist", "cli", "sim.js");

function sim(...args: readonly string[]) {
  return spawnSync(process.execPath, [SIM, ...args], { encoding: "utf8" });
}

test("--help names the simulations, and each has a help of its own", () => {
  const general = sim("--help");
  expect(general.status).toBe(0);
  expect(general.stdout).toMatch(/^Usage: npm run sim -- SIMULATION/);
  const names = [...general.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1] ?? "");
  expect(names).toContain("raft");
  for (const name of names) {
    const own = sim(name, "--help");
    expect(own.stdout).toMatch(new RegExp(`^Usage: npm run sim -- ${name}`));
    expect(own.status).toBe(0);
  }
});

test.each([
  [[], /a simulation is wanted first: .*raft.*not ""/],
  [["toString"], /a simulation is wanted first: .*raft.*not "toString"/],
  [["boat"], /a simulation is wanted first: .*raft.*not "boat"/],
  [["race", "--crashes", "9"], /--crashes takes a whole number.*\nSee npm run sim -- race --help/],
  [["cluster", "--schedule", "package.json"], /no schedule in .*package.json/],
  [["cluster", "--json", "/nowhere/at/all.json"], /all.json cannot be written/],
  [["cluster", "--timeline", "/nowhere/at/all.html"], /all.html cannot be written/],
  [["race", "--json", "/nowhere/at/all.json"], /all.json cannot be written/],
  [["raft", "--json", "/nowhere/at/all.json"], /all.json cannot be written/],
  [["raft", "--seeds", "none"], /--seeds takes a whole number.*\nSee npm run sim -- raft --help/],
])("%j ends with 2 and says what is allowed", (args, said) => {
  const { status, stderr } = sim(...args);
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test.each([
  ["nothing at all", null, "it has none"],
  ["no seed", { profile: "calm", steps: 5 }, "its seed is no whole number"],
  ["another profile", { seed: 1, profile: "sunny", steps: 5 }, "its profile is unknown: sunny"],
  ["no steps", { seed: 1, profile: "calm" }, "its steps are no whole number"],
  ["half a script", { seed: 1, profile: "calm", steps: 5, script: { delays: [] } }, "not whole"],
])("a schedule with %s is refused", (_, schedule, said) => {
  const directory = mkdtempSync(join(tmpdir(), "sim-test-"));
  const file = join(directory, "schedule.json");
  writeFileSync(file, JSON.stringify(schedule && { schedule }));
  const { status, stderr } = sim("cluster", "--schedule", file);
  rmSync(directory, { recursive: true });
  expect(stderr).toContain(said);
  expect(status).toBe(2);
});

test("Ctrl-C ends a run with what was done so far", async () => {
  const child = spawn(process.execPath, [SIM, "raft", "--seeds", "1000000", "--jobs", "1"]);
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.once("data", () => child.kill("SIGINT"));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(130);
  expect(output).toMatch(/\d+ seeds, \d+ steps, 0 violations, [0-9a-f]{16}\n$/);
});

test("a campaign of clusters is the same on any number of threads", () => {
  const cluster = (...args: string[]) =>
    sim("cluster", "--steps=200", "--profile=calm", "--seeds=3", ...args).stdout.split("\n");
  const [first] = cluster("--jobs=1");
  expect(first).toMatch(/^3 seeds, \d+ steps, \d+ simulated seconds, 0 violations, [0-9a-f]{16}$/);
  expect(cluster("--jobs=3")[0]).toBe(first);
});

test("a campaign of clusters that is interrupted says what is left of it", async () => {
  const args = ["cluster", "--seeds=100000", "--steps=100", "--profile=storm", "--jobs=2"];
  const child = spawn(process.execPath, [SIM, ...args]);
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.once("data", () => child.kill("SIGINT"));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(130);
  const done = Number(/^(\d+) seeds, /m.exec(output)?.[1]);
  const next = `--seed ${1 + done} --seeds ${100_000 - done} --profile storm --steps 100`;
  expect(output).toContain(`what is left: npm run sim -- cluster ${next}\n`);
});

test("a report that cannot be read is a wrong option", () => {
  const { status, stderr } = sim("raft", "--replay", "package.json");
  expect(stderr).toMatch(/--replay takes a report that --json wrote/);
  expect(status).toBe(2);
});

test("a few seeds of the Raft core, the same hash each time, reported as JSON", () => {
  const scratch = mkdtempSync(join(tmpdir(), "sim-command-test-"));
  try {
    const json = join(scratch, "report.json");
    const first = sim("raft", "--seeds", "4", "--steps", "300", "--json", json);
    expect(first.stderr).not.toContain("Error");
    expect(first.status).toBe(0);
    const report = JSON.parse(readFileSync(json, "utf8"));
    expect(report).toEqual({
      seeds: 4,
      steps: 1_200,
      violations: [],
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    for (const jobs of ["1", "3"])
      expect(sim("raft", "--seeds=4", "--steps=300", "--jobs", jobs).stdout).toContain(report.hash);
    const mended = {
      seed: 1,
      step: 1,
      invariant: "",
      message: "",
      schedule: ["tick 1 0 0"],
      hash: "",
    };
    for (const violations of [[], [mended]]) {
      writeFileSync(json, JSON.stringify({ ...report, violations }));
      const { status, stdout } = sim("raft", "--replay", json);
      expect(stdout).toContain(`${violations.length} schedules, 0 of them broken`);
      expect(status).toBe(0);
    }
    expect(sim("raft", "--seeds=4", "--steps=300", "--seed=2").stdout).not.toContain(report.hash);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
