/**
 * The first seeds of the simulation of the Raft core, in groups with names: planted faults
 * (`scripts/planted/rules.md`) are caught by them.
 */
import { expect, test } from "vitest";
import { run } from "../src/sim/raft/simulate.ts";

const STEPS = 2_000;
const SEEDS_PER_GROUP = 10;
const GROUPS = 5;

const groups = Array.from({ length: GROUPS }, (_, place) => {
  const first = place * SEEDS_PER_GROUP + 1;
  return { first, last: first + SEEDS_PER_GROUP - 1 };
});

test.each(groups)("seeds $first to $last hold", ({ first, last }) => {
  for (let seed = first; seed <= last; seed++) {
    const { violation, steps } = run(seed, STEPS);
    expect(violation, `seed ${seed}, step ${steps}: ${violation?.message}`).toBeUndefined();
  }
});
