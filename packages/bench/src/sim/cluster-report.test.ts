import { FAULT_NAMES, MARKS, NEVER_MARKS, PROFILES, wholeSchedule } from "@multiraft/store/sim";
import { expect, test } from "vitest";
import { ClusterTally, MARKS_DUE_SEEDS, reportLines, violationText } from "./cluster-report.ts";
import type { ClusterSeedDone } from "./cluster-thread.ts";

const [FIRST = "", SECOND = "", ...REST] = MARKS;
const [FORBIDDEN = ""] = NEVER_MARKS;

const GOOD: ClusterSeedDone = {
  steps: 29_000,
  simulatedMs: 1_600,
  hash: "00000000000000aa",
  keys: 4,
  undecidedKeys: 1,
  faults: ["crash", "crash", "split"],
  marks: [FIRST, SECOND],
  forbidden: [],
  violation: undefined,
};
const VIOLATION = {
  seed: 2,
  profile: "storm",
  step: 812,
  oracle: "never-marks",
  what: FORBIDDEN,
};
const BAD: ClusterSeedDone = {
  ...GOOD,
  hash: "00000000000000bb",
  forbidden: [FORBIDDEN],
  violation: VIOLATION,
};

const NO_FAULTS = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0]));

function tallyOf(...seeds: readonly ClusterSeedDone[]): ClusterTally {
  const tally = new ClusterTally(({ seed, profile }) => `run ${seed} ${profile}`);
  for (const [place, done] of seeds.entries())
    tally.add(wholeSchedule(place + 1, "storm", 20_000), done);
  return tally;
}

test("the report has a fixed form", () => {
  expect(tallyOf(GOOD, BAD).report()).toEqual({
    seeds: 2,
    steps: 58_000,
    violations: [{ ...VIOLATION, hash: BAD.hash, replay: "run 2 storm" }],
    simulatedSeconds: 3,
    histories: { keys: 8, undecided: 2 },
    faults: { ...NO_FAULTS, crash: 4, split: 2 },
    marks: { areDue: false, reached: 2, missed: REST, forbidden: [FORBIDDEN] },
    hash: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test("the hash stands for the runs and their order", () => {
  const hashOf = (...seeds: readonly ClusterSeedDone[]) => tallyOf(...seeds).report().hash;
  expect(hashOf(GOOD, BAD)).toBe(hashOf(GOOD, BAD));
  expect(hashOf(GOOD, BAD)).not.toBe(hashOf(BAD, GOOD));
  expect(hashOf(GOOD)).not.toBe(hashOf(GOOD, GOOD));
});

test("the first that failed and the last can be run again", () => {
  const { firstFailed, last } = tallyOf(GOOD, BAD, BAD, GOOD);
  expect(firstFailed).toEqual({ schedule: wholeSchedule(2, "storm", 20_000), hash: BAD.hash });
  expect(last).toEqual({ schedule: wholeSchedule(4, "storm", 20_000), hash: GOOD.hash });
  expect(tallyOf(GOOD).firstFailed).toBeUndefined();
});

test("a violation says seed, profile, step, oracle, what, and the command that brings it back", () => {
  expect(violationText({ ...VIOLATION, hash: BAD.hash, replay: "run 2 storm" })).toBe(
    `FAILED: seed 2, profile storm, step 812, never-marks: ${FORBIDDEN}\n` +
      "  again, to hash 00000000000000bb: run 2 storm",
  );
});

test("for people: what was run, each violation, and each mark that is missed or forbidden", () => {
  const report = tallyOf(GOOD, BAD).report();
  const lines = reportLines(report);
  expect(lines).toContain(
    `2 seeds, 58000 steps, 3 simulated seconds, 1 violations, ${report.hash}`,
  );
  expect(lines).toContain("8 histories of keys, 2 undecided");
  expect(lines).toContain(`2 of ${MARKS.length} marks reached`);
  for (const name of REST) expect(lines).toContain(`  not reached: ${name}`);
  expect(lines).toContain(`  reached, which may never be: ${FORBIDDEN}`);
  expect(lines[0]).toMatch(/^FAILED: seed 2/);
  const [never = ""] = FAULT_NAMES;
  expect(lines).toContain(`6 faults of ${FAULT_NAMES.length} kinds, ${never} the fewest: 0`);
});

/** So many seeds, by turns of these profiles. */
function longTally(seeds: number, profiles: readonly string[], marks: readonly string[]) {
  const tally = new ClusterTally(() => "again");
  for (let seed = 0; seed < seeds; seed += 1) {
    const profile = profiles[seed % profiles.length] ?? "calm";
    tally.add(wholeSchedule(seed, profile), { ...GOOD, marks });
  }
  return reportLines(tally.report()).filter((line) => line.startsWith("TOO TAME"));
}

test("a campaign that is long enough and of all profiles says plainly that it has missed marks", () => {
  const all = PROFILES.map(({ name }) => name);
  expect(longTally(MARKS_DUE_SEEDS, all, MARKS.slice(1))).toEqual([
    "TOO TAME: 1000 seeds of all profiles should reach every mark, and miss 1",
  ]);
  expect(longTally(MARKS_DUE_SEEDS, all, MARKS)).toEqual([]);
  expect(longTally(MARKS_DUE_SEEDS - 1, all, [])).toEqual([]);
  expect(longTally(MARKS_DUE_SEEDS, all.slice(1), [])).toEqual([]);
});
