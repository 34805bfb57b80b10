// What the dead had shared is held by those who knew them until they are collected, also by a thread that an actor
// has for itself and that has nothing to do.
import { setTimeout as sleep } from "node:timers/promises";
import { ActorSystem } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { askJudge, spawnJudge } from "../packages/bench/dist/stress/judge.js";
import { collectedHeapBytes, keptHeapBytes } from "../packages/bench/dist/stress/kept-heap.js";

const KILLS = 4;
const LOOKS_MAX = 200;
/** Of one thread, as address space. */
const ARENA_BYTES = 64 * 1024 * 1024;

function sharedBytes(): number {
  collectedHeapBytes();
  return process.memoryUsage().arrayBuffers;
}

/** A worker's handle is let go of some turns after its end: looked at until it holds. */
async function lowestOf(enough: number): Promise<number> {
  for (let look = 1; ; look += 1) {
    const bytes = sharedBytes();
    if (bytes <= enough || look >= LOOKS_MAX) return bytes;
    await sleep(5);
  }
}

test("a thread of its own is collected as well, and lets go of what the dead had shared", async () => {
  await using system = await ActorSystem.start({ threads: 1 });
  const judge = await spawnJudge(system);
  await askJudge(system, judge, expect.fail);
  const before = sharedBytes();
  for (let kill = 0; kill < KILLS; kill += 1) await system.killThread(0);
  await keptHeapBytes(system);
  const enough = before + ARENA_BYTES / 2;
  expect(await lowestOf(enough)).toBeLessThanOrEqual(enough);
});
