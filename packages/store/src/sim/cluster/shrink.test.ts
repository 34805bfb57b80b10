import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { ScriptedOperation } from "./client-script.ts";
import { drawPlan } from "./plan.ts";
import { profileByName } from "./profile.ts";
import { type Schedule, type Script, wholeSchedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";
import { type Outcome, shrink } from "./shrink.ts";

const storm = profileByName("storm");
if (storm === undefined) throw new Error("no storm");
const plan = drawPlan(storm, new Sfc32(1));

const operation = (atMs: number): ScriptedOperation => ({
  atMs,
  key: "a",
  action: { kind: "get" },
  timeoutMs: 100,
});

const drawn: Script = {
  delays: Array.from({ length: 500 }, (_, n) => [`step ${n}`, n] as const),
  faults: Array.from({ length: 12 }, (_, number) => ({
    number,
    step: number * 10,
    name: "crash" as const,
  })),
  clients: [0, 1].map((client) => ({
    client,
    isForgetful: false,
    operations: Array.from({ length: 20 }, (_, n) => operation(client * 100 + n)),
  })),
};

/** Fails when faults 3 and 8 happen, steps 77 and 401 wait, and client 1 does its fifth operation. */
async function fails(schedule: Schedule): Promise<Outcome> {
  const { script = drawn, steps, seed, profile } = schedule;
  const has = (wanted: number) => script.faults.some(({ number }) => number === wanted);
  const waits = (wanted: string) => script.delays.some(([name]) => name === wanted);
  const asks = script.clients[1]?.operations.some(({ atMs }) => atMs === 104);
  const isViolated =
    has(3) && has(8) && waits("step 77") && waits("step 401") && asks && steps >= 600;
  const violation = { seed, profile, step: 600, oracle: "own-mail", what: "broken" };
  return { script, hash: "", plan, violation: isViolated ? violation : undefined };
}

test("only the faults, delays and operations that a failure needs are left", async () => {
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: fails });
  expect(shrunk?.schedule).toMatchObject({ steps: 600 });
  const script = shrunk?.schedule.script;
  expect(script?.faults.map(({ number }) => number)).toEqual([3, 8]);
  expect(script?.delays.map(([name]) => name)).toEqual(["step 77", "step 401"]);
  expect(script?.clients.flatMap(({ operations }) => operations)).toEqual([operation(104)]);
  expect(shrunk?.before).toEqual({ steps: 600, delays: 500, faults: 12, operations: 40 });
  expect(shrunk?.after).toEqual({ steps: 600, delays: 2, faults: 2, operations: 1 });
});

test("what shows in the healing alone is made as small", async () => {
  const late = async (schedule: Schedule, isUnhealed: boolean) => {
    const outcome = await fails(schedule);
    return isUnhealed ? { ...outcome, violation: undefined } : outcome;
  };
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: late });
  expect(shrunk?.after).toEqual({ steps: 600, delays: 2, faults: 2, operations: 1 });
});

test("a schedule that does not fail is not shrunk", async () => {
  const isCalm = { ...wholeSchedule(1, "storm"), steps: 10 };
  expect(await shrink(isCalm, { tryOut: fails })).toBeUndefined();
});

test("another oracle's word does not count", async () => {
  const other = async (schedule: Schedule) => {
    const outcome = await fails(schedule);
    const isWhole = schedule.script === undefined || schedule.script.faults.length === 12;
    if (isWhole || outcome.violation === undefined) return outcome;
    return { ...outcome, violation: { ...outcome.violation, oracle: "equal-data" } };
  };
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: other });
  expect(shrunk?.schedule.script?.faults.length).toBe(12);
});

test("when its runs are used up the smallest so far is given", async () => {
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: fails, runsMax: 20 });
  expect(shrunk?.runs).toBe(20);
  expect((await fails(shrunk?.schedule as Schedule)).violation).toBeDefined();
});

/** Each draws another explorer. */
test.each([1, 3, 10])("a run by its script is the same run: seed %i", async (seed) => {
  const whole = wholeSchedule(seed, "storm", 1_500);
  const written = await new SeedRun(whole, { isWritten: true, isUnhealed: true }).run();
  expect(written.hash).toBe((await new SeedRun(whole, { isUnhealed: true }).run()).hash);
  const kept = JSON.parse(
    JSON.stringify({ ...whole, plan: written.plan, script: written.script }),
  ) as Schedule;
  const again = await new SeedRun(kept, { isUnhealed: true }).run();
  expect(again.explorer).toBe("script");
  expect(again.hash).toBe(written.hash);
});
