import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { drawPlan, type Plan } from "../cluster/plan.ts";
import { profileByName } from "../cluster/profile.ts";
import { SeedRun } from "../cluster/seed-run.ts";

const NAMES = ["late-child", "late-parent", "removed-candidate", "old-mail", "old-mail"] as const;
const STEPS = 6_000;

const storm = profileByName("storm");
if (storm === undefined) throw new Error("no such profile");
const plan: Plan = { ...drawPlan(storm, new Sfc32(5)), firstReplicas: 3 };

async function run(seed: number) {
  const faults = NAMES.map((name, number) => ({ number, step: 1_000 * (number + 1), name }));
  const script = { delays: [], faults, clients: [] };
  return new SeedRun({ seed, profile: "storm", steps: STEPS, plan, script }).run();
}

test("parts of splits, removed candidates and old mail come late, and all comes to rest, twice alike", async () => {
  const first = await run(3);
  expect(first.violation).toBeUndefined();
  expect(first.faults.map(({ name }) => name)).toEqual(NAMES);
  const what = first.faults.map(({ what: text }) => text).join("; ");
  expect(what).toMatch(/a child stands still/);
  expect(what).toMatch(/which is deaf then/);
  expect(what).toMatch(/old mail comes again: /);
  expect((await run(3)).hash).toBe(first.hash);
});
