import { once } from "node:events";
import { setImmediate as nextRound } from "node:timers/promises";
import { ActorSystem, type Payload } from "@multiraft/runtime";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { echoActor } from "./fixture/echo.mjs";
import { workActor } from "./fixture/work.mjs";

const SOON = { timeoutMs: 60_000 };

let system: ActorSystem;
beforeEach(async () => {
  system = await ActorSystem.start({ threads: 2 });
});
afterEach(() => system.close());

function marked(): { readonly payload: Payload; readonly marks: Int32Array } {
  const payload = system.allocatePayload(12);
  if (payload === undefined) throw new Error("no payload");
  const { buffer, byteOffset } = payload.bytes;
  return { payload, marks: new Int32Array(buffer, byteOffset, 3).fill(0) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextRound();
}

function letGo(marks: Int32Array): void {
  Atomics.store(marks, 1, 1);
  Atomics.notify(marks, 1);
}

describe("jobs", () => {
  test("run in the pool and come back as mail, with what they threw", async () => {
    const address = await system.spawn(workActor, undefined);
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => system.ask(address, { kind: "job", args: { numbers } }, SOON)),
    );
    for (const outcome of outcomes)
      expect(outcome).toEqual({ kind: "done", value: { sum: 4_950, isTimed: true } });
    const failed = await system.ask(address, { kind: "job", args: { throws: true } }, SOON);
    expect(failed).toMatchObject({ kind: "failed", error: { name: "RangeError", code: "E_MUCH" } });
  });

  test("hold the end of their life, and an unwanted result is undone", async () => {
    const address = await system.spawn(workActor, undefined);
    const { payload, marks } = marked();
    system.tell(address, { kind: "marked-job" }, { payload });
    await until(() => Atomics.load(marks, 0) === 1);
    let hasEnded = false;
    const ended = system.stop(address).then(() => {
      hasEnded = true;
    });
    for (let round = 0; round < 200; round += 1) await nextRound();
    expect(hasEnded).toBe(false);
    letGo(marks);
    await ended;
    await until(() => Atomics.load(marks, 2) === 1);
  });

  test("are lost with a thread of the pool, which is replaced", async () => {
    const address = await system.spawn(workActor, undefined);
    // More often than there are threads: each place is taken by a new one.
    for (let round = 0; round < 6; round += 1) {
      const lost = await system.ask(address, { kind: "fatal-job" }, SOON);
      expect(lost).toMatchObject({ kind: "failed", error: { code: "ERR_MULTIRAFT_JOB" } });
    }
    const args = { numbers: [1, 2] };
    const done = await system.ask(address, { kind: "job", args }, SOON);
    expect(done).toMatchObject({ kind: "done", value: { sum: 3 } });
  });

  test("run on as many threads as before when one has died, idle or not", async () => {
    const jobThreads = 3;
    await system.close();
    system = await ActorSystem.start({ threads: 1, jobThreads });
    const address = await system.spawn(workActor, undefined);
    // Lines come one after the other, and the jobs of one ask may all have gone to the first of them.
    const allPlaces = async (): Promise<ReadonlySet<unknown>> => {
      for (;;) {
        const places = await system.ask(address, { kind: "places", jobs: jobThreads }, SOON);
        const found = new Set(places.filter((place) => place !== undefined));
        if (found.size === jobThreads) return found;
      }
    };
    const warned = once(process, "warning");
    const atFirst = await allPlaces();
    await system.ask(address, { kind: "fatal-job" }, SOON);
    const later = await allPlaces();
    expect(later).not.toEqual(atFirst);
    await system.ask(address, { kind: "late-fatal-job" }, SOON);
    expect(await warned).toMatchObject([
      { message: expect.stringContaining("nobody catches this") },
    ]);
    expect(await allPlaces()).not.toEqual(later);
  });

  test("do not hold up the end of the system when a thread of the pool has just died", async () => {
    for (let round = 0; round < 6; round += 1) {
      const address = await system.spawn(workActor, undefined);
      await system.ask(address, { kind: "fatal-job" }, SOON);
      await system.close();
      system = await ActorSystem.start({ threads: 1 });
    }
  });

  test("are undone when their result cannot travel", async () => {
    const address = await system.spawn(workActor, undefined);
    const { payload, marks } = marked();
    const outcome = await system.ask(address, { kind: "stuck-job" }, { ...SOON, payload });
    expect(outcome).toMatchObject({ kind: "failed", error: { name: "DataCloneError" } });
    await until(() => Atomics.load(marks, 2) === 1);
  });

  test("that never return end the close with an error, when it has waited long enough", async () => {
    const ending = system;
    const address = await ending.spawn(workActor, undefined);
    const { payload, marks } = marked();
    ending.tell(address, { kind: "marked-job" }, { payload });
    await until(() => Atomics.load(marks, 0) === 1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let code: string | undefined;
    const closed = ending.close().catch((error) => {
      code = error.code;
    });
    // Real threads need real time to end between two steps of the other.
    while (code === undefined) {
      await vi.advanceTimersByTimeAsync(500);
      for (let round = 0; round < 1_000; round += 1) await nextRound();
    }
    vi.useRealTimers();
    await closed;
    expect(code).toBe("ERR_MULTIRAFT_THREAD_STUCK");
    letGo(marks);
    system = await ActorSystem.start({ threads: 1 });
  });

  describe("of a thread that died", () => {
    beforeEach(async () => {
      await system.close();
      system = await ActorSystem.start({ threads: 2, jobThreads: 1 });
    });

    /** Its first job has begun. */
    async function killWithJob(kind: "marked-job" | "marked-fatal-job") {
      const doomed = await system.spawn(workActor, undefined, { thread: 0 });
      const { payload, marks } = marked();
      system.tell(doomed, { kind }, { payload });
      await until(() => Atomics.load(marks, 0) === 1);
      const kill = { isOver: false, over: Promise.resolve() };
      const begin = (): void => {
        kill.over = system.killThread(0).then(() => {
          kill.isOver = true;
        });
      };
      return { doomed, marks, kill, begin };
    }

    async function heldBytes(): Promise<number | undefined> {
      return (await system.inspect()).at(-1)?.arenaUsedBytes;
    }

    test("keep its memory until they have returned and are undone; none is begun any more", async () => {
      const { doomed, marks, kill, begin } = await killWithJob("marked-job");
      const second = marked();
      system.tell(doomed, { kind: "marked-job" }, { payload: second.payload });
      letGo(second.marks);
      // Its answer says that the second was sent to the pool.
      await system.ask(doomed, { kind: "wait-then-answer", value: 0 }, SOON);
      const held = await heldBytes();
      const ended = system.watch(doomed);
      begin();
      expect((await ended).kind).toBe("thread-dead");
      // Others die, are buried and replaced meanwhile.
      await system.killThread(1);
      const beside = await system.spawn(echoActor, undefined, { thread: 1 });
      expect(await system.ask(beside, { kind: "echo", value: 1 }, SOON)).toBe(1);
      expect([kill.isOver, await heldBytes()]).toEqual([false, held]);
      expect(held).toBeGreaterThan(0);
      const buried = system.whenBuried();
      letGo(marks);
      await buried;
      expect([Atomics.load(marks, 2), Atomics.load(second.marks, 0)]).toEqual([1, 0]);
      await kill.over;
      expect(await heldBytes()).toBe(0);
      const successor = await system.spawn(workActor, undefined, { thread: 0 });
      const args = { numbers: [1, 2] };
      const done = await system.ask(successor, { kind: "job", args }, SOON);
      expect(done).toMatchObject({ kind: "done", value: { sum: 3 } });
    });

    test("are over when the thread that ran them has died", async () => {
      const { doomed, marks, kill, begin } = await killWithJob("marked-fatal-job");
      const ended = system.watch(doomed);
      begin();
      await ended;
      // As long as another takes to die and be replaced.
      await system.killThread(1);
      expect(kill.isOver).toBe(false);
      letGo(marks);
      await kill.over;
      expect(await heldBytes()).toBe(0);
    });

    test("are told of when they take long, and waited for all the same", async () => {
      const { marks, kill, begin } = await killWithJob("marked-job");
      let warning: { readonly code?: string } | undefined;
      process.once("warning", (heard) => {
        warning = heard as Error & { readonly code?: string };
      });
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      begin();
      while (warning === undefined) {
        await vi.advanceTimersByTimeAsync(500);
        for (let round = 0; round < 1_000; round += 1) await nextRound();
      }
      vi.useRealTimers();
      expect([warning.code, kill.isOver]).toEqual(["ERR_MULTIRAFT_THREAD_STUCK", false]);
      letGo(marks);
      await kill.over;
    });

    test("do not hold up the close of the system beyond their own end", async () => {
      const { marks, kill, begin } = await killWithJob("marked-job");
      begin();
      const refused = kill.over.catch((error) => error);
      const closed = system.close();
      expect((await refused).code).toBe("ERR_MULTIRAFT_SYSTEM_CLOSED");
      letGo(marks);
      await closed;
      expect(Atomics.load(marks, 2)).toBe(1);
    });
  });
});

test("an asynchronous handler makes its mailbox wait, and no other", async () => {
  const slow = await system.spawn(workActor, undefined, { thread: 0 });
  const other = await system.spawn(echoActor, undefined, { thread: 0 });
  const values = [1, 2, 3, 4].map((value) =>
    system.ask(slow, { kind: "wait-then-answer", value }, SOON),
  );
  expect(await system.ask(other, { kind: "echo", value: "quick" }, SOON)).toBe("quick");
  expect(await Promise.all(values)).toEqual([1, 2, 3, 4]);
});

test("an actor whose spawn was given up is stopped when it has come about after all", async () => {
  // Its module is there: the thread comes to all that it is asked in order.
  await system.stop(await system.spawn(echoActor, undefined, { thread: 0 }));
  const busy = await system.spawn(workActor, undefined, { thread: 0 });
  const { payload, marks } = marked();
  system.tell(busy, { kind: "block" }, { payload });
  await until(() => Atomics.load(marks, 0) === 1);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const refused = system.spawn(echoActor, undefined, { thread: 0 }).catch((error) => error);
  await vi.advanceTimersByTimeAsync(30_000);
  vi.useRealTimers();
  expect((await refused).code).toBe("ERR_MULTIRAFT_CONTROL_TIMEOUT");
  letGo(marks);
  const actors = async (): Promise<number> =>
    (await system.inspect()).filter(({ thread }) => thread === 0)[0]?.cells.length ?? 0;
  while ((await actors()) !== 1);
});

test("a thread is not ended inside a native transaction", async () => {
  const address = await system.spawn(workActor, undefined, { thread: 0 });
  const { payload, marks } = marked();
  system.tell(address, { kind: "native" }, { payload });
  await until(() => Atomics.load(marks, 0) === 1);
  let isKilled = false;
  const killed = system.killThread(0).then(() => {
    isKilled = true;
  });
  for (let round = 0; round < 200; round += 1) await nextRound();
  expect(isKilled).toBe(false);
  letGo(marks);
  await killed;
  expect(Atomics.load(marks, 2)).toBe(1);
});

describe("streams", () => {
  test("lifecycle tells of actors and threads while somebody listens", async () => {
    const seen: string[] = [];
    const subscription = system.streams.lifecycle.subscribe((event) => seen.push(event.kind));
    const address = await system.spawn(echoActor, undefined, { thread: 0 });
    system.tell(address, { kind: "throw" });
    await until(() => seen.includes("ended"));
    await system.killThread(0);
    subscription.unsubscribe();
    await system.spawn(echoActor, undefined);
    expect(seen).toEqual(["started", "threw", "ended", "thread-ended", "thread-started"]);
  });

  test("dead letters are a sample, and say how many it left out", async () => {
    const letters: { readonly reason: string; readonly messageKind: string }[] = [];
    let skipped = 0;
    system.streams.deadLetters.subscribe((letter) => {
      letters.push(letter);
      skipped += letter.skipped;
    });
    const address = await system.spawn(echoActor, undefined);
    await system.stop(address);
    for (let n = 0; n < 100; n += 1) system.tell(address, { kind: "add", n });
    await until(() => letters.length > 0);
    expect(letters.length).toBeLessThan(100);
    expect(letters.length + skipped).toBe(100);
    expect(letters[0]).toMatchObject({ reason: "vacant", messageKind: "add" });
  });

  test("metrics measure at once, and end with the system", async () => {
    let threads = 0;
    const ended = new Promise<void>((resolve) => {
      system.streams.metrics.subscribe({
        next: (metrics) => {
          threads = metrics.threads.length;
        },
        complete: resolve,
      });
    });
    expect(threads).toBe(2);
    await system.close();
    await ended;
  });
});

test("payloads and memory of dead threads are not kept", async () => {
  const near = await system.spawn(echoActor, undefined, { thread: 1 });
  for (let round = 0; round < 3; round += 1) {
    const doomed = await system.spawn(echoActor, undefined, { thread: 0 });
    await system.testing.holdMail(doomed, ["add"]);
    for (let n = 0; n < 20; n += 1) {
      const payload = system.allocatePayload(100_000);
      if (payload !== undefined) system.tell(doomed, { kind: "add", n }, { payload });
    }
    await system.ask(doomed, { kind: "sum" }, SOON);
    const [main] = (await system.inspect()).slice(-1);
    expect(main?.arenaUsedBytes).toBeGreaterThan(20 * 100_000);
    await system.killThread(0);
  }
  await system.ask(near, { kind: "sum" }, SOON);
  for (const report of await system.inspect())
    expect([report.arenaUsedBytes, report.arenas, report.overflowBytes]).toEqual([0, 3, 0]);
});
