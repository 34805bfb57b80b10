import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Schedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";

const FOLDER = new URL("../schedules/", import.meta.url);

/** Each was found once by an oracle that spoke; nobody has to speak any more. */
test.each(readdirSync(FOLDER).filter((name) => name.endsWith(".json")))("%s", async (name) => {
  const { schedule } = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as {
    readonly schedule: Schedule;
  };
  const { violation, steps } = await new SeedRun(schedule).run();
  expect(violation).toBeUndefined();
  expect(steps).toBeGreaterThan(schedule.steps);
});
