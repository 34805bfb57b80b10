import { expect, test } from "vitest";
import { StolenTime } from "./stolen-time.ts";

/** What `/proc/stat` says at one look after the other. */
function looks(...lines: readonly string[]): StolenTime {
  let next = 0;
  return new StolenTime(() => {
    const line = lines[next];
    next += 1;
    if (line === undefined) throw new Error("no such file");
    return `${line}\ncpu0 1 2 3\n`;
  });
}

test("what was stolen is told as a share of all time since the start", () => {
  // User, nice, system, idle, iowait, irq, softirq, steal, and guests, who are in user already.
  const stolen = looks("cpu  100 0 50 800 20 5 5 20 70 0", "cpu  140 0 60 830 20 5 5 40 99 0");
  expect(stolen.share()).toBeCloseTo(0.2);
});

test.each([
  ["where there is no such file", []],
  ["where steal is not counted", ["cpu 1 2 3 4", "cpu 2 3 4 5"]],
])("%s nothing is told", (_, lines) => {
  expect(looks(...lines).share()).toBeUndefined();
});
