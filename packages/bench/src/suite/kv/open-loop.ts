// Latency: operations are due at moments of a fixed plan, and each is timed from the moment when it was due,
// not from when there was room to begin it. A pause of the store then shows in all the operations that it
// kept waiting, and not in one alone (what is called coordinated omission).
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@multiraft/runtime";
import type { LoopResult } from "./closed-loop.ts";

/** Between two looks at the plan. What is begun later by that counts as latency, for every store alike. */
const ROUND_MS = 1;

export type OpenLoop = {
  /** Of all clients together; arrivals are independent of each other (a Poisson process). */
  readonly operationsPerSecond: number;
  readonly durationSeconds: number;
  /** Operations under way at most; what is due beyond it waits, and its clock runs. */
  readonly clients: number;
  readonly random: Random;
};

export async function openLoop(
  { operationsPerSecond, durationSeconds, clients, random }: OpenLoop,
  perform: () => Promise<void>,
): Promise<LoopResult> {
  const durationsMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + durationSeconds * 1_000;
  const meanGapMs = 1_000 / operationsPerSecond;
  let dueMs = startedMs;
  let underWay = 0;
  let fault: unknown;
  const begin = (timedFromMs: number) => {
    underWay += 1;
    perform()
      .then(() => {
        durationsMs.push(performance.now() - timedFromMs);
      })
      .catch((error: unknown) => {
        fault ??= error;
      })
      .finally(() => {
        underWay -= 1;
      });
  };
  while (fault === undefined && (dueMs < endMs || underWay > 0)) {
    for (const nowMs = performance.now(); dueMs <= nowMs && dueMs < endMs; ) {
      if (underWay >= clients) break;
      begin(dueMs);
      dueMs -= Math.log(1 - random.unit()) * meanGapMs;
    }
    await sleep(ROUND_MS);
  }
  if (fault !== undefined) throw fault;
  return {
    seconds: (performance.now() - startedMs) / 1_000,
    durationsMs: Float64Array.from(durationsMs),
  };
}
