import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { drawPlan } from "../cluster/plan.ts";
import { profileByName } from "../cluster/profile.ts";
import { SeedRun } from "../cluster/seed-run.ts";

const crash = profileByName("crash");
if (crash === undefined) throw new Error("no such profile");
const plan = { ...drawPlan(crash, new Sfc32(5)), firstReplicas: 3 };
const TIMES = 12;

test("replicas that fail on good disks are opened again from their logs, each life once", async () => {
  const faults = Array.from({ length: TIMES }, (_, number) => {
    return { number, step: 500 * (number + 1), name: "fail-replica" } as const;
  });
  const script = { delays: [], faults, clients: [] };
  const run = new SeedRun({ seed: 1, profile: "crash", steps: 8_000, plan, script });
  const { violation, faults: begun, marks } = await run.run();
  expect(violation).toBeUndefined();
  expect(begun.length).toBeGreaterThan(1);
  const lives = run.cluster.seats.reduce((sum, { madeToFail }) => sum + madeToFail.size, 0);
  expect(begun).toHaveLength(lives);
  expect(begun.length).toBeLessThan(TIMES);
  expect(marks).toContain("a replica that failed is opened again");
  expect(marks).not.toContain("a log fails");
});
