import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { drawPlan, type Plan } from "../cluster/plan.ts";
import { profileByName } from "../cluster/profile.ts";
import { SeedRun } from "../cluster/seed-run.ts";

const STEPS = 1_600;
const TINY = { laneBytes: 1_024, arenaBytes: 8 * 1_024 * 1_024, overflowBytesMax: 4_096 };

const crash = profileByName("crash");
if (crash === undefined) throw new Error("no such profile");
const drawn = drawPlan(crash, new Sfc32(5));
const plan: Plan = { ...drawn, threads: 2, lanes: TINY };

const NAMES = ["kill-thread", "pause-thread", "slow-thread", "kill-thread"] as const;

function runWith(used: Plan, isUnhealed: boolean): SeedRun {
  const faults = NAMES.map((name, number) => ({ number, step: 300 * (number + 1), name }));
  const script = { delays: [], faults, clients: [] };
  const schedule = { seed: 1, profile: "crash", steps: STEPS, plan: used, script };
  return new SeedRun(schedule, { isUnhealed });
}

test("stores come back whole whose threads die, stand still and are slow, one by one", async () => {
  const run = runWith(plan, false);
  const { violation, faults, history } = await run.run();
  expect(violation).toBeUndefined();
  expect(faults.map(({ name }) => name)).toEqual(NAMES);
  expect(faults[0]?.what).toMatch(/^store-\d\/(0|1|log) dies/);
  const isWhole = run.cluster.seats.map(({ opened, hasLostThread }) => opened && !hasLostThread);
  expect(isWhole).toEqual(run.cluster.seats.map(() => true));
  expect(history.some(({ outcome }) => outcome.kind === "value")).toBe(true);
});

test("without lanes there is no thread to lose", async () => {
  const { threads, lanes, ...single } = plan;
  expect((await runWith(single, true).run()).faults).toEqual([]);
});
