import { expect, test } from "vitest";
import { toSettings } from "./system-options.ts";

test("nothing has to be said: a thread a core", () => {
  const settings = toSettings({}, 6);
  expect([settings.threads, settings.cores, settings.environment]).toEqual([6, 6, undefined]);
  expect(toSettings({ threads: 2, pollUs: 0 }, 6)).toMatchObject({
    threads: 2,
    cores: 6,
    pollUs: 0,
  });
});

test.each([
  { threads: 0 },
  { threads: 1.5 },
  { threads: 65 },
  { jobThreads: 0 },
  { arenaBytesMax: 1_000_000 },
  { laneBytes: 100_000 },
  { laneBytes: 2_048 },
  { slotsMax: 100 },
  { pollUs: -1 },
  { pollUs: Number.NaN },
  { controlTimeoutMs: 0 },
  { threadHeapMbMax: 0 },
  { overflowBytesMax: -1 },
])("%j has no sense", (options) => {
  expect(() => toSettings(options, 2)).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_OPTION" }),
  );
});
