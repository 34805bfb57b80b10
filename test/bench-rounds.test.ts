// Rounds of the bench in processes of their own: what does not add up is refused, and nothing is left behind.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { caseOf, rateIn } from "../packages/bench/dist/suite/case.js";
import { overflowRound } from "../packages/bench/dist/suite/mailbox/flood-round.js";
import { runRound } from "../packages/bench/dist/suite/round-process.js";

const directory = mkdtempSync(join(tmpdir(), "bench-rounds-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const FLOOD = { messages: 20_000, bytes: 1_024, workUs: 5 };

function run(
  memoryMiBMax: number,
  signal = new AbortController().signal,
  more = {},
  limitMs?: number,
) {
  const one = caseOf(overflowRound, {
    name: "a flood",
    params: { ...FLOOD, memoryMiBMax },
    figures: rateIn("messages/s"),
    repetitions: { warmUps: 0, iterations: 1 },
  });
  return runRound({ ...one, ...more }, { directory }, signal, limitMs);
}

test("a flood is counted to the last message, and its memory is measured", async () => {
  const { figures, operations, cpuSeconds } = await run(128);
  expect(operations).toBe(FLOOD.messages);
  expect(cpuSeconds).toBeGreaterThan(0);
  expect(figures["memory"]).toBeLessThanOrEqual(128);
  expect(figures["handled"]).toBeLessThan(figures["rate"] ?? 0);
});

test("memory beyond its bound refuses the round", async () => {
  await expect(run(1)).rejects.toThrow(/a flood: .*memory grew by \d+ MiB, beyond its bound of 1/);
});

test("a round that nobody defines is refused by name", async () => {
  const round = { url: overflowRound.url, name: "noSuchRound" };
  await expect(run(128, undefined, { round })).rejects.toThrow("exports no round noSuchRound");
});

test("a round that does not answer has failed when its time is up", async () => {
  const slow = { params: { ...FLOOD, messages: 500_000, workUs: 1_000, memoryMiBMax: 1_024 } };
  await expect(run(128, undefined, slow, 500)).rejects.toThrow("a flood: no answer within 0.5 s");
});

test("an aborted round ends with its process", async () => {
  const stop = new AbortController();
  const ended = run(128, stop.signal);
  stop.abort(new Error("enough"));
  await expect(ended).rejects.toThrow("ended by SIGKILL");
});
