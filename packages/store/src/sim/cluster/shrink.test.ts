import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { drawPlan } from "./plan.ts";
import { profileByName } from "./profile.ts";
import { type Schedule, wholeSchedule } from "./schedule.ts";
import { shrink } from "./shrink.ts";

const storm = profileByName("storm");
if (storm === undefined) throw new Error("no storm");
const plan = drawPlan(storm, new Sfc32(1));

const faults = Array.from({ length: 12 }, (_, number) => ({
  number,
  step: number * 10,
  atMs: number,
  name: "crash" as const,
  what: "",
}));

/** Fails when faults 3 and 8 both happen, and something is chosen around step 500. */
async function fails(schedule: Schedule) {
  const left = faults.filter(({ number }) => !schedule.withoutFaults.includes(number));
  const has = (wanted: number) => left.some(({ number }) => number === wanted);
  const isCalm = schedule.oldestFirst.some(([from, to]) => from <= 500 && to > 500);
  const isViolated = has(3) && has(8) && !isCalm && schedule.steps >= 600;
  const { seed, profile } = schedule;
  const violation = { seed, profile, step: 600, oracle: "own-mail", what: "broken" };
  return { faults: left, hash: "", plan, violation: isViolated ? violation : undefined };
}

test("only the faults and the choices that a failure needs are left", async () => {
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: fails });
  expect(shrunk?.schedule).toMatchObject({ steps: 600, plan });
  const left = faults.filter(({ number }) => !shrunk?.schedule.withoutFaults.includes(number));
  expect(left.map(({ number }) => number)).toEqual([3, 8]);
  const calm = shrunk?.schedule.oldestFirst ?? [];
  expect(calm.length).toBeGreaterThan(3);
  expect(calm.some(([from, to]) => from <= 500 && to > 500)).toBe(false);
});

test("a schedule that does not fail is not shrunk", async () => {
  const isCalm = { ...wholeSchedule(1, "storm"), steps: 10 };
  expect(await shrink(isCalm, { tryOut: fails })).toBeUndefined();
});

test("another oracle's word does not count", async () => {
  const other = async (schedule: Schedule) => {
    const outcome = await fails(schedule);
    if (schedule.withoutFaults.length === 0 || outcome.violation === undefined) return outcome;
    return { ...outcome, violation: { ...outcome.violation, oracle: "equal-data" } };
  };
  const shrunk = await shrink(wholeSchedule(1, "storm"), { tryOut: other });
  expect(shrunk?.schedule.withoutFaults).toEqual([]);
});
