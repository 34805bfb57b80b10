// What a dead thread had shared with others goes with it: threads that die and are replaced for as long as
// a process runs must not fill its memory.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ActorSystem } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { collectorActor } from "./fixture/collector.mjs";
import { ARENA_BYTES, lowestSharedBytes, sharedBytes } from "./fixture/shared-bytes.ts";

const SOON = { timeoutMs: 60_000 };
const THREADS = 2;
const KILLS = 6;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A thread that has nothing to do collects nothing by itself. */
async function collectThread(system: ActorSystem, thread: number): Promise<void> {
  const collector = await system.spawn(collectorActor, undefined, { thread });
  await system.ask(collector, { kind: "collect" }, SOON);
  await system.stop(collector);
}

test("the memory of a killed thread is given back when it has been replaced", async () => {
  await using system = await ActorSystem.start({ threads: THREADS });
  const before = sharedBytes(collect);
  expect(before, "arenas are counted").toBeGreaterThan(THREADS * ARENA_BYTES);
  for (let kill = 0; kill < KILLS; kill += 1) await system.killThread(kill % THREADS);
  for (let thread = 0; thread < THREADS; thread += 1) await collectThread(system, thread);
  // Nobody keeps one, not even those who met it at their own birth.
  const enough = before + ARENA_BYTES / 2;
  expect(await lowestSharedBytes(collect, enough)).toBeLessThanOrEqual(enough);
});

test("nothing that was shared stays of systems that are closed", async () => {
  const before = sharedBytes(collect);
  for (let round = 0; round < 4; round += 1) {
    const system = await ActorSystem.start({ threads: THREADS });
    await system.close();
  }
  const enough = before + THREADS * ARENA_BYTES;
  expect(await lowestSharedBytes(collect, enough)).toBeLessThanOrEqual(enough);
});
