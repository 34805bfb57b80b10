// What a dead thread had shared with others goes with it: threads that die and are replaced for as long as
// a process runs must not fill its memory.
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ActorSystem } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { collectorActor } from "./fixture/collector.mjs";

const SOON = { timeoutMs: 60_000 };
const THREADS = 2;
const KILLS = 6;
const LOOKS_MAX = 500;
/** Each thread has an arena of so much: address space that counts as used, touched or not. */
const ARENA_BYTES = 64 * 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function sharedBytes(): number {
  collect();
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

/** A thread that has nothing to do collects nothing by itself. */
async function collectThread(system: ActorSystem, thread: number): Promise<void> {
  const collector = await system.spawn(collectorActor, undefined, { thread });
  await system.ask(collector, { kind: "collect" }, SOON);
  await system.stop(collector);
}

test("the memory of a killed thread is given back when it has been replaced", async () => {
  await using system = await ActorSystem.start({ threads: THREADS });
  const before = sharedBytes();
  expect(before, "arenas are counted").toBeGreaterThan(THREADS * ARENA_BYTES);
  for (let kill = 0; kill < KILLS; kill += 1) await system.killThread(kill % THREADS);
  for (let thread = 0; thread < THREADS; thread += 1) await collectThread(system, thread);
  // Nobody keeps one, not even those who met it at their own birth.
  const enough = before + ARENA_BYTES / 2;
  expect(await lowestOf(enough)).toBeLessThanOrEqual(enough);
});

test("nothing that was shared stays of systems that are closed", async () => {
  const before = sharedBytes();
  for (let round = 0; round < 4; round += 1) {
    const system = await ActorSystem.start({ threads: THREADS });
    await system.close();
  }
  const enough = before + THREADS * ARENA_BYTES;
  expect(await lowestOf(enough)).toBeLessThanOrEqual(enough);
});
