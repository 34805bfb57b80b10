import { expect, test } from "vitest";
import { checkRaftSeeds } from "../sim/raft/slice.ts";

/** Fewer where a run must be short, as against each of many mutants. */
const SEEDS = Number(process.env["MULTIRAFT_SAFETY_SEEDS"] ?? 100);
// The seeds that `sim/raft` runs in its own test come after these.
const FIRST_SEED = 10_001;

test("no schedule breaks agreement, and the group goes on when it is left alone", () => {
  const { coverage } = checkRaftSeeds(FIRST_SEED, SEEDS);
  // A world in which nothing happens proves nothing.
  expect(coverage.elections).toBeGreaterThan(SEEDS);
  expect(coverage["entries applied"]).toBeGreaterThan(SEEDS * 100);
});
