import { MARKS, NEVER_MARKS, wholeSchedule } from "@multiraft/store/sim";
import { expect, test } from "vitest";
import { ClusterTally, reportLines, violationText } from "./cluster-report.ts";
import type { ClusterSeedDone } from "./cluster-thread.ts";

const [FIRST = "", SECOND = "", ...REST] = MARKS;
const [FORBIDDEN = ""] = NEVER_MARKS;

const GOOD: ClusterSeedDone = {
  steps: 29_000,
  simulatedMs: 1_600,
  hash: "00000000000000aa",
  keys: 4,
  undecidedKeys: 1,
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
    marks: { reached: 2, missed: REST, forbidden: [FORBIDDEN] },
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
});
