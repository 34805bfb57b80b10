import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";

const FOLDER = new URL("../schedules/", import.meta.url);
const PLANTED = new URL("../../../../../scripts/planted/cluster.md", import.meta.url);

type Kept = {
  /** The planted fault that it meets; of a real one that no line brings back, the commit that mended it. */
  readonly planted?: string;
  readonly mended?: string;
  readonly oracle: string;
  readonly schedule: Schedule;
};

const kept = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(new URL(name, FOLDER), "utf8");
  return { name, ...(JSON.parse(text) as Kept) };
});

/** Each was found once by an oracle that spoke; nobody has to speak any more. */
test.each(kept)("$name", async ({ schedule }) => {
  const { violation, steps, explorer } = await new SeedRun(schedule).run();
  expect(violation).toBeUndefined();
  expect(explorer).toBe("script");
  expect(steps).toBeGreaterThan(schedule.steps);
});

/** `npm run planted:cluster -- --kept` shows that each that names a planted fault still meets it. */
test("each kept schedule names the fault that it is there for, or the commit that mended it", () => {
  const faults = readFileSync(PLANTED, "utf8");
  expect(kept.length).toBeGreaterThan(0);
  for (const { name, planted, mended, oracle, schedule } of kept) {
    if (planted === undefined) expect(mended, name).toMatch(/^[0-9a-f]{7,40}$/);
    else expect(faults, name).toContain(`\n### ${planted}\n`);
    expect(oracle).toMatch(/^[a-z-]+$/);
    expect(schedule.script).toBeDefined();
  }
});
