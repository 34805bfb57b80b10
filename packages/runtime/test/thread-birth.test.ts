// The process may refuse a thread what it is made of. Who waits for the thread is answered all the same: by
// a later one, or by an error.
import { once } from "node:events";
import { ActorSystem, type SystemError } from "@multiraft/runtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCounters } from "../src/system/mail-ledger.ts";
import { echoActor } from "./fixture/echo.mjs";

const SOON = { timeoutMs: 60_000 };
const ARENA_BYTES = 16 * 1024 * 1024;
const LANE_BYTES = 64 * 1024;
const DEDICATED_THREADS_MAX = 64;
const OPTIONS = { threads: 2, arenaBytesMax: ARENA_BYTES, laneBytes: LANE_BYTES };

let system: ActorSystem;
afterEach(async () => {
  vi.unstubAllGlobals();
  await system.close();
});

type Made = { readonly bytes: number; readonly memory: SharedArrayBuffer };

/** All that threads share is made on the main thread: `look` sees each piece, and may refuse it. */
function watchMemory(look: (made: Made) => void): void {
  const stub = new Proxy(SharedArrayBuffer, {
    construct(target, args: ConstructorParameters<SharedArrayBufferConstructor>) {
      const memory = new target(...args);
      look({ bytes: memory.byteLength, memory });
      return memory;
    },
  });
  vi.stubGlobal("SharedArrayBuffer", stub);
}

/** @returns How often it was refused, which is `times` in the end. */
function refuseMemory(bytesMin: number, bytesMax: number, times: number): () => number {
  let refused = 0;
  watchMemory(({ bytes }) => {
    if (bytes < bytesMin || bytes > bytesMax || refused >= times) return;
    refused += 1;
    throw new RangeError("Array buffer allocation failed");
  });
  return () => refused;
}

function refusal(work: Promise<unknown>): Promise<SystemError> {
  return work.then(
    () => expect.fail("it was not refused"),
    (error) => error,
  );
}

/** @returns What becomes of the kill, and of a spawn there that was asked for between death and burial. */
async function killAndSpawn(): Promise<readonly Promise<unknown>[]> {
  const doomed = await system.spawn(echoActor, undefined, { thread: 0 });
  const ended = system.watch(doomed);
  await system.ask(doomed, { kind: "sum" }, SOON);
  const killed = refusal(system.killThread(0));
  await ended;
  return [killed, refusal(system.spawn(echoActor, undefined, { thread: 0 }))];
}

describe("a successor", () => {
  test.each([
    ["its arena", ARENA_BYTES, Number.POSITIVE_INFINITY],
    ["a lane to another", LANE_BYTES, LANE_BYTES + 1_024],
  ])("that is refused %s is born when there is memory again", async (_what, min, max) => {
    system = await ActorSystem.start(OPTIONS);
    const doomed = await system.spawn(echoActor, undefined, { thread: 0 });
    const refused = refuseMemory(min, max, 1);
    await system.killThread(0);
    expect(refused()).toBe(1);
    const successor = await system.spawn(echoActor, undefined, { thread: 0 });
    expect(await system.ask(successor, { kind: "where" }, SOON)).toMatchObject({ thread: 0 });
    expect(system.tryTell(doomed, { kind: "throw" })).toBe("stale-incarnation");
    expect(system.counters().inFlight).toBe(0);
  });

  test("is given up when memory is refused again and again, and who waits is told", async () => {
    system = await ActorSystem.start(OPTIONS);
    const refused = refuseMemory(ARENA_BYTES, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    const seen: string[] = [];
    system.streams.lifecycle.subscribe(({ kind }) => {
      if (kind.startsWith("thread-")) seen.push(kind);
    });
    for (const error of await Promise.all(await killAndSpawn()))
      expect(error).toMatchObject({
        code: "ERR_MULTIRAFT_THREAD_START",
        cause: { name: "RangeError" },
      });
    expect(refused()).toBe(3);
    expect(seen).toEqual(["thread-ended", "thread-given-up"]);
    const beside = await system.spawn(echoActor, undefined);
    expect(await system.ask(beside, { kind: "where" }, SOON)).toMatchObject({ thread: 1 });
  });

  test("is not awaited any more when the system is closed", async () => {
    system = await ActorSystem.start(OPTIONS);
    refuseMemory(ARENA_BYTES, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    const waiting = await killAndSpawn();
    await system.close();
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: "ERR_MULTIRAFT_SYSTEM_CLOSED" });
  });

  test("does not come to a thread that could not be buried, and who waits is told why", async () => {
    const counters: SharedArrayBuffer[] = [];
    const counterBytes = createCounters().byteLength;
    watchMemory(({ bytes, memory }) => {
      if (bytes === counterBytes) counters.push(memory);
    });
    system = await ActorSystem.start(OPTIONS);
    // Accounts of the main thread and of both others, which handle nothing just now.
    expect(counters.length).toBe(3);
    const warned = once(process, "warning");
    for (const memory of counters.slice(1)) new Float64Array(memory).fill(1_000);
    for (const error of await Promise.all(await killAndSpawn()))
      expect(error).toMatchObject({
        code: "ERR_MULTIRAFT_THREAD_START",
        cause: { message: expect.stringContaining("passed on more than it was given") },
      });
    expect(await warned).toMatchObject([{ code: "ERR_MULTIRAFT_INVARIANT" }]);
  });
});

test("one of the first threads that is refused its memory ends the start of the system", async () => {
  let arenas = 0;
  watchMemory(({ bytes }) => {
    if (bytes < ARENA_BYTES) return;
    arenas += 1;
    // Of the main thread, of thread 0, of thread 1.
    if (arenas === 3) throw new RangeError("Array buffer allocation failed");
  });
  const error = await refusal(ActorSystem.start(OPTIONS));
  expect(error).toMatchObject({
    code: "ERR_MULTIRAFT_THREAD_START",
    cause: { name: "RangeError" },
  });
  system = await ActorSystem.start(OPTIONS);
});

test("a start that is refused the memory of the main thread keeps no process alive", async () => {
  system = await ActorSystem.start(OPTIONS);
  await system.close();
  const ports = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort");
  const before = ports();
  refuseMemory(ARENA_BYTES, Number.POSITIVE_INFINITY, 1);
  expect((await refusal(ActorSystem.start(OPTIONS))).name).toBe("RangeError");
  expect(ports()).toEqual(before);
});

test("dedicated threads that are refused their memory use up no numbers", async () => {
  system = await ActorSystem.start(OPTIONS);
  const times = DEDICATED_THREADS_MAX + 1;
  const refused = refuseMemory(ARENA_BYTES, Number.POSITIVE_INFINITY, times);
  for (let time = 0; time < times; time += 1) {
    const error = await refusal(system.spawn(echoActor, undefined, { dedicated: true }));
    expect(error).toMatchObject({ cause: { name: "RangeError" } });
  }
  expect(refused()).toBe(times);
  const address = await system.spawn(echoActor, undefined, { dedicated: true });
  expect((await system.ask(address, { kind: "where" }, SOON)).thread).toBeGreaterThan(2);
});
