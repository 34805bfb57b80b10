import { expect, test } from "vitest";
import { at } from "../../test/raft-fixture.ts";
import { ApplyWindow } from "./apply-window.ts";

test.each([
  // batch end, bytes, appliable, paused
  [5, 99, 5, false],
  [5, 100, 5, true],
  [5, 101, 5, true],
  [5, 99, 6, true],
])("row 176: a batch to %d of %d bytes where %d could be applied pauses: %s", (...row) => {
  const [last, bytes, appliable, isPaused] = row;
  const window = new ApplyWindow(at(3), 100);
  window.accept(at(last), bytes, at(appliable));
  expect(window.applying).toBe(last);
  expect(window.remainingBytes).toBe(100 - bytes);
  expect(window.isPaused).toBe(isPaused);
});

test.each([
  // acknowledged bytes, paused
  [50, true],
  [51, false],
  [120, false],
  [200, false],
])("row 176: the limit spans batches: after %d of 150 bytes, paused: %s", (bytes, isPaused) => {
  const window = new ApplyWindow(at(0), 100);
  window.accept(at(1), 50, at(1));
  window.accept(at(2), 100, at(2));
  window.acknowledge(at(1), bytes);
  expect([window.applied, window.applying, window.isPaused]).toEqual([1, 2, isPaused]);
  expect(window.remainingBytes).toBeLessThanOrEqual(100);
});

test("row 114: an index applied by other means moves what is being applied", () => {
  const window = new ApplyWindow(at(3), 100);
  window.acknowledge(at(9), 0);
  expect([window.applied, window.applying]).toEqual([9, 9]);
});

test("neither index falls", () => {
  const window = new ApplyWindow(at(3), 100);
  window.accept(at(5), 10, at(5));
  expect(() => window.accept(at(5), 10, at(5))).toThrow("handed out to be applied twice");
  expect(() => window.acknowledge(at(2), 0)).toThrow("the applied index fell");
});
