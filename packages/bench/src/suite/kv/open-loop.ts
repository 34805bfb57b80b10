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
  readonly time?: LoopTime;
};

export type LoopTime = { nowMs(): number; sleep(durationMs: number): Promise<unknown> };

export type OpenLoopResult = LoopResult & {
  /** By what the operation was. */
  readonly durationsMsOf: ReadonlyMap<string, Float64Array>;
  /** From when an operation was due until it was begun: how far behind its plan the loop itself was. */
  readonly latenessMs: Float64Array;
  /** 1 when the last operation ended with the plan; less when the store was slower than what was asked of it. */
  readonly shareOfLoad: number;
};

const HOST_TIME: LoopTime = { nowMs: () => performance.now(), sleep };

/** @param perform One operation; resolves with what it was. A throw ends the run. */
export async function openLoop(
  { operationsPerSecond, durationSeconds, clients, random, time = HOST_TIME }: OpenLoop,
  perform: () => Promise<string>,
): Promise<OpenLoopResult> {
  const durationsMs = new Map<string, number[]>();
  const latenessMs: number[] = [];
  const startedMs = time.nowMs();
  const endMs = startedMs + durationSeconds * 1_000;
  const meanGapMs = 1_000 / operationsPerSecond;
  let dueMs = startedMs;
  let lastEndedMs = startedMs;
  let underWay = 0;
  let fault: unknown;
  const ended = (kind: string, timedFromMs: number) => {
    lastEndedMs = time.nowMs();
    const own = durationsMs.get(kind) ?? [];
    durationsMs.set(kind, own);
    own.push(lastEndedMs - timedFromMs);
  };
  const begin = (timedFromMs: number) => {
    underWay += 1;
    latenessMs.push(time.nowMs() - timedFromMs);
    perform()
      .then((kind) => ended(kind, timedFromMs))
      .catch((error: unknown) => {
        fault ??= error;
      })
      .finally(() => {
        underWay -= 1;
      });
  };
  while (fault === undefined && (dueMs < endMs || underWay > 0)) {
    for (const nowMs = time.nowMs(); dueMs <= nowMs && dueMs < endMs; ) {
      if (underWay >= clients) break;
      begin(dueMs);
      dueMs -= Math.log(1 - random.unit()) * meanGapMs;
    }
    await time.sleep(ROUND_MS);
  }
  if (fault !== undefined) throw fault;
  const durationsMsOf = new Map(
    [...durationsMs].map(([kind, all]) => [kind, Float64Array.from(all)]),
  );
  return {
    seconds: (time.nowMs() - startedMs) / 1_000,
    durationsMs: Float64Array.from([...durationsMs.values()].flat()),
    durationsMsOf,
    latenessMs: Float64Array.from(latenessMs),
    shareOfLoad: Math.min(1, (endMs - startedMs) / (lastEndedMs - startedMs)),
  };
}
