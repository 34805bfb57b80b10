import { expect, test } from "vitest";
import { StageClock } from "./stage-clock.ts";

function clockAt(nowMs: number): { nowMs: () => number; now: number } {
  const clock = { now: nowMs, nowMs: () => clock.now };
  return clock;
}

test("each stage gets the time until the next one, and pauses get none", () => {
  const time = clockAt(100);
  const stages = new StageClock(time);
  time.now = 110;
  stages.enter("copy");
  time.now = 130;
  stages.enter("stream");
  time.now = 180;
  stages.pause();
  time.now = 1_000;
  stages.enter("stream");
  time.now = 1_001;
  expect(stages.end()).toEqual({ copy: 20, stream: 51 });
});

test("stages that were not entered have no time", () => {
  expect(new StageClock(clockAt(0)).end()).toEqual({});
});
