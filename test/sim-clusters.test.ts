// Whole seeds of clusters, and the founding race, through the command that a campaign is run with: what every
// change has to get past, and what the command says of what it finds.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

const SIM = join(import.meta.dirname, "..", "packages", "bench", "dist", "cli", "sim.js");
/** Eight of each profile: a minute of two cores. */
const SEEDS = 64;
/** Met in fewer than one seed of ten: which of them so few seeds meet is luck. */
const SELDOM = [
  "a child's copy is refused",
  "a fault strikes at: copy-end",
  "a fault strikes at: removed-tablets",
  "a fault strikes at: retire",
  "a fault strikes at: snapshot-end",
  "a fault strikes at: split-recorded",
  "a snapshot is refused: busy",
  "a snapshot is refused: not-needed",
  "a snapshot is refused: not-ready",
  "a snapshot is refused: owes-children",
  "a snapshot is refused: stale-epoch",
  "a snapshot is refused: store-busy",
  "the driver plans: remove-extra",
  "the driver plans: remove-learner",
  "the driver plans: replace-peer",
];

/** On a machine that does other things too. */
vi.setConfig({ testTimeout: 1_200_000 });

const scratch = mkdtempSync(join(tmpdir(), "multiraft-sim-clusters-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = (name: string): string => join(scratch, name);
const read = (name: string) => JSON.parse(readFileSync(file(name), "utf8"));

function sim(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [SIM, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

test("whole seeds of every profile keep every promise and reach what seeds are to reach", async () => {
  const { code, said } = await sim("cluster", `--seeds=${SEEDS}`, `--json=${file("whole.json")}`);
  const report = read("whole.json");
  expect(report.violations, said).toEqual([]);
  expect(code).toBe(0);
  const { seeds, steps, simulatedSeconds, histories, faults, marks, hash } = report;
  expect(seeds).toBe(SEEDS);
  expect(steps).toBeGreaterThan(SEEDS * 20_000);
  expect(simulatedSeconds).toBeGreaterThan(SEEDS * 10);
  expect(histories.keys).toBeGreaterThan(2 * SEEDS);
  expect(histories.undecided).toBeLessThan(histories.keys / 10);
  expect(Object.values(faults).filter((count) => count === 0)).toEqual([]);
  expect(marks.areDue).toBe(false);
  expect(marks.forbidden).toEqual([]);
  expect(marks.missed.filter((name: string) => !SELDOM.includes(name))).toEqual([]);
  expect(said).toContain(`${SEEDS} seeds, ${steps} steps, ${simulatedSeconds} simulated seconds`);
  expect(said).toContain(`0 violations, ${hash}`);
});

test("a whole seed of storm is the same run in every process", async () => {
  const args = ["cluster", "--seed=7", "--profile=storm", "--jobs=1"];
  const [one, other] = await Promise.all(
    ["one.json", "other.json"].map(async (name) => {
      const { code } = await sim(...args, `--json=${file(name)}`);
      expect(code).toBe(0);
      return read(name);
    }),
  );
  expect(other).toEqual(one);
  expect(one.hash).toMatch(/^[0-9a-f]{16}$/);
});

/** Nobody asks anything, so that nobody gets an answer: the seed cannot come to rest. */
test("a broken promise ends the command with 1, and is reported with what brings it back", async () => {
  const { SeedRun } = await import("@multiraft/store/sim");
  const { plan } = await new SeedRun({ seed: 9, profile: "calm", steps: 1 }).run();
  const schedule = { seed: 9, profile: "calm", steps: 100, plan: { ...plan, clients: 0 } };
  writeFileSync(file("silent.json"), JSON.stringify({ schedule }));
  const args = ["cluster", `--schedule=${file("silent.json")}`, `--json=${file("broken.json")}`];
  const { code, said } = await sim(...args);
  expect(code).toBe(1);
  const { seeds, violations } = read("broken.json");
  expect(seeds).toBe(1);
  expect(violations).toEqual([
    {
      seed: 9,
      profile: "calm",
      step: expect.any(Number),
      oracle: "comes-to-rest",
      what: "clients get no answers",
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      replay: `npm run sim -- cluster --schedule ${file("silent.json")}`,
    },
  ]);
  const [{ step, hash, replay }] = violations;
  expect(said).toContain(
    `FAILED: seed 9, profile calm, step ${step}, comes-to-rest: clients get no answers\n` +
      `  again, to hash ${hash}: ${replay}\n`,
  );
  expect((await sim(...args)).said).toBe(said);
});

test("the founding race reports its orders, and who missed which remedy", async () => {
  const args = ["race", "--crashes=0", "--every=16", `--json=${file("race.json")}`];
  const { code, said } = await sim(...args);
  expect(code, said).toBe(0);
  const { remedies, ...orders } = read("race.json");
  expect(orders).toEqual({ orders: expect.any(Number), expected: orders.orders, violations: [] });
  expect(orders.orders).toBeGreaterThan(1_000);
  expect(remedies).toHaveLength(10);
  for (const remedy of remedies)
    expect(remedy).toEqual({
      off: expect.any(Array),
      orders: expect.any(Number),
      violated: expect.any(Number),
      oracle: expect.stringMatching(/^[a-z-]+( and [a-z-]+)?$/),
      first: expect.stringMatching(/^[a-z-]+: /),
    });
  expect(said).toContain(`${orders.orders} orders of ${orders.expected}, 0 violations\n`);
});
