// What the dead had shared is held by those who knew them until they are collected, also by a thread that an
// actor has for itself and that has nothing to do.
import { ActorSystem } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { askJudge, spawnJudge } from "../packages/bench/dist/stress/judge.js";
import { collectedHeapBytes, keptHeapBytes } from "../packages/bench/dist/stress/kept-heap.js";
import {
  ARENA_BYTES,
  lowestSharedBytes,
  sharedBytes,
} from "../packages/runtime/test/fixture/shared-bytes.ts";

const KILLS = 4;

test("a thread of its own is collected as well, and lets go of what the dead had shared", async () => {
  await using system = await ActorSystem.start({ threads: 1 });
  const judge = await spawnJudge(system);
  await askJudge(system, judge, expect.fail);
  const before = sharedBytes(collectedHeapBytes);
  for (let kill = 0; kill < KILLS; kill += 1) await system.killThread(0);
  await keptHeapBytes(system);
  const enough = before + ARENA_BYTES / 2;
  expect(await lowestSharedBytes(collectedHeapBytes, enough)).toBeLessThanOrEqual(enough);
});
