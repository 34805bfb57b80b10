import { describe, expect, test } from "vitest";
import { define, Threads } from "../../test/kernel-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";
import { codedError } from "../actor/error-data.ts";
import { OWN_MAIL_MAX } from "./limits.ts";

describe("a timer", () => {
  test("is own mail after its delay, in the order of the times", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    actor.context.setTimer("b", 20, { kind: "b" });
    actor.context.setTimer("a", 10, { kind: "a" });
    actor.context.setTimer("now", 0, { kind: "now" });
    expect(threads.kernel().nextTimerMs()).toBe(0);
    threads.advance(0);
    expect(actor.kinds()).toEqual(["now"]);
    threads.advance(9.5);
    expect(actor.kinds()).toEqual(["now"]);
    threads.advance(100);
    expect(actor.kinds()).toEqual(["now", "a", "b"]);
    threads.expectClean();
  });

  test("set again under its key is only the last one", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    actor.context.setTimer("t", 5, { kind: "first" });
    actor.context.setTimer("t", 10, { kind: "second" });
    threads.advance(20);
    expect(actor.kinds()).toEqual(["second"]);
  });

  test("set again while its tick is queued replaces that tick", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    actor.context.setTimer("t", 5, { kind: "first" });
    threads.clock.moveTo(5);
    threads.kernel().fireTimers();
    actor.context.setTimer("t", 5, { kind: "second" });
    threads.run();
    expect(actor.kinds()).toEqual([]);
    threads.advance(5);
    expect(actor.kinds()).toEqual(["second"]);
  });

  test("cancelled while its tick is queued never comes", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    actor.context.setTimer("t", 5, { kind: "tick" });
    threads.clock.moveTo(5);
    threads.kernel().fireTimers();
    actor.context.cancelTimer("t");
    actor.context.cancelTimer("t");
    threads.run();
    expect(actor.kinds()).toEqual([]);
    threads.expectClean();
  });

  test("can be set again by the handler of its tick", () => {
    const threads = new Threads();
    let ticks = 0;
    const actor = threads.open(0, {
      receive: () => {
        ticks += 1;
        actor.context.setTimer("t", 10, { kind: "tick" });
      },
    });
    actor.context.setTimer("t", 10, { kind: "tick" });
    for (let i = 0; i < 5; i += 1) threads.advance(10);
    expect(ticks).toBe(5);
    expect(actor.context.lease.heldNames).toEqual(["timer t"]);
  });

  test("of a life that has ended is gone", () => {
    const threads = new Threads({ slots: 1 });
    const actor = threads.recorder();
    actor.context.setTimer("t", 5, { kind: "tick" });
    actor.context.stopSelf();
    const later = threads.recorder();
    threads.advance(10);
    expect([...actor.seen, ...later.seen]).toEqual([]);
    expect(threads.kernel().nextTimerMs()).toBe(undefined);
  });

  test("set from outside a turn wakes the thread when it is the first", () => {
    const threads = new Threads();
    const { context } = threads.open();
    context.setTimer("t", 50, { kind: "x" });
    const { wakes } = threads;
    context.setTimer("later", 60, { kind: "x" });
    expect(threads.wakes).toBe(wakes);
    context.setTimer("sooner", 40, { kind: "x" });
    expect(threads.wakes).toBe(wakes + 1);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("must have a delay: not %d", (delayMs) => {
    const { context } = new Threads().open();
    expect(() => context.setTimer("t", delayMs, { kind: "x" })).toThrow("needs a delay");
  });
});

test("an actor that starts without end is stopped before memory is", () => {
  const threads = new Threads();
  let started = 0;
  const actor = threads.open(0, {
    receive: () => {
      for (; ; started += 1) actor.context.setTimer(`t${started}`, 1, { kind: "x" });
    },
  });
  threads.outside.tell(actor.address, { kind: "go" });
  threads.run();
  expect(threads.ended).toMatchObject([
    { reason: { kind: "threw", error: { code: "ERR_MULTIRAFT_OWN_MAIL_FULL" } } },
  ]);
  expect(started).toBe(OWN_MAIL_MAX);
  threads.expectClean();
});

describe("watching", () => {
  const end = (termination: unknown): MessageShape => ({ kind: "end", termination }) as never;

  test.each([0, 1])("tells once how a life on thread %i ended", (thread) => {
    const threads = new Threads({ threads: 2 });
    const target = threads.open(thread);
    const watcher = threads.recorder(0);
    watcher.context.watch(target.address, end);
    threads.run();
    expect(watcher.seen).toEqual([]);
    threads.outside.stop(target.address);
    threads.run();
    expect(watcher.seen).toEqual([end({ kind: "stopped" })]);
    threads.expectClean();
  });

  test.each([0, 1])("of a life on thread %i that had ended before tells so at once", (thread) => {
    const threads = new Threads({ threads: 2 });
    const target = threads.open(thread);
    target.context.stopSelf();
    const watcher = threads.recorder(0);
    watcher.context.watch(target.address, end);
    threads.run();
    expect(watcher.seen).toEqual([end({ kind: "not-found" })]);
  });

  test("of a life that is ending tells how it ended", () => {
    const threads = new Threads();
    const target = threads.open();
    target.context.job({ url: "", name: "j", run: () => 1 }, 1, () => ({ kind: "x" }));
    target.context.stopSelf();
    const watcher = threads.recorder();
    watcher.context.watch(target.address, end);
    threads.jobs[0]?.settle({ kind: "done", value: 1 });
    threads.run();
    expect(watcher.seen).toEqual([end({ kind: "stopped" })]);
  });

  test("on a thread that dies tells so, before and after the death", () => {
    const threads = new Threads({ threads: 2 });
    const target = threads.open(1);
    const watcher = threads.recorder(0);
    watcher.context.watch(target.address, end);
    threads.run();
    threads.routing.markDead(1);
    threads.kernel().threadDied(1, undefined);
    watcher.context.watch(target.address, end);
    threads.run();
    expect(watcher.seen).toEqual([
      end({ kind: "thread-dead", error: undefined }),
      end({ kind: "thread-dead", error: undefined }),
    ]);
  });

  test("from a thread that has died is forgotten", () => {
    const threads = new Threads({ threads: 2 });
    const target = threads.open(0);
    for (const thread of [0, 1]) threads.open(thread).context.watch(target.address, end);
    threads.run();
    threads.routing.markDead(1);
    threads.kernel(0).threadDied(1, undefined);
    expect(threads.kernel(0).cells.find(target.address)?.takeWatchers()).toHaveLength(1);
  });

  test("ends with the watcher: its target does not keep it", () => {
    const threads = new Threads({ threads: 2 });
    const target = threads.open(1);
    for (let i = 0; i < 3; i += 1) {
      const watcher = threads.open(0);
      watcher.context.watch(target.address, end);
      threads.run();
      watcher.context.stopSelf();
      threads.run();
    }
    const cell = threads.kernel(1).cells.find(target.address);
    expect(cell?.takeWatchers()).toEqual([]);
  });
});

describe.each([0, 1])("a spawn on thread %i", (thread) => {
  const child = define("child", () => ({ receive: () => undefined }));

  function parent(threads: Threads) {
    const outcomes: unknown[] = [];
    const actor = threads.open(0, { receive: (message) => void outcomes.push(message) });
    const toMail = (outcome: unknown): MessageShape => ({ kind: "born", outcome }) as never;
    const spawn = (definition = child): void =>
      actor.context.spawn(definition, undefined, { thread }, toMail);
    return { ...actor, outcomes, spawn };
  }

  test("comes back as mail with the address", () => {
    const threads = new Threads({ threads: 2 });
    threads.definitions.set("test:#child", child);
    const actor = parent(threads);
    actor.spawn();
    expect(threads.kernel(thread).liveCount).toBe(thread === 0 ? 2 : 0);
    threads.run();
    const [cell] = threads.kernel(thread).inspect().slice(-1);
    expect(actor.outcomes).toEqual([
      { kind: "born", outcome: { kind: "spawned", address: cell?.address } },
    ]);
    threads.expectClean();
  });

  test("that fails in create says with what", () => {
    const threads = new Threads({ threads: 2 });
    const bad = define("bad", () => {
      throw new Error("no");
    });
    threads.definitions.set("test:#bad", bad);
    const actor = parent(threads);
    actor.spawn(bad);
    threads.run();
    expect(actor.outcomes).toMatchObject([
      { outcome: { kind: "failed", error: { message: "no" } } },
    ]);
  });

  test("whose spawner is gone is stopped", () => {
    const threads = new Threads({ threads: 2 });
    threads.definitions.set("test:#child", child);
    const actor = parent(threads);
    const spawner = threads.open(0, {
      receive: () => {
        spawner.context.spawn(child, undefined, { thread }, () => ({ kind: "x" }));
        spawner.context.stopSelf();
      },
    });
    actor.context.tell(spawner.address, { kind: "go" });
    threads.run();
    expect(threads.ended).toHaveLength(2);
    expect(
      threads
        .kernel(thread)
        .inspect()
        .filter((cell) => cell.definition === "child"),
    ).toEqual([]);
    threads.expectClean();
  });
});

describe("a spawn on another thread", () => {
  const child = define("child", () => ({ receive: () => undefined }));

  test("waits for its module, and fails with what the loading threw", async () => {
    const threads = new Threads({ threads: 2 });
    const outcomes: unknown[] = [];
    const actor = threads.open(0, { receive: (message) => void outcomes.push(message) });
    const toMail = (outcome: unknown): MessageShape => ({ kind: "born", outcome }) as never;
    threads.definitions.set("test:#child", Promise.resolve(child as never));
    threads.definitions.set("test:#lost", Promise.reject(new Error("no file")));
    for (const name of ["child", "lost", "unknown"])
      actor.context.spawn({ ...child, name }, undefined, { thread: 1 }, toMail);
    for (let i = 0; i < 3; i += 1) {
      threads.run();
      for (let round = 0; round < 5; round += 1) await undefined;
    }
    threads.run();
    const kinds = outcomes.map(
      (message) => (message as { outcome: { kind: string } }).outcome.kind,
    );
    expect(kinds.sort()).toEqual(["failed", "failed", "spawned"]);
    threads.expectClean();
  });

  test("fails when that thread dies before it has answered", () => {
    const threads = new Threads({ threads: 2 });
    const outcomes: unknown[] = [];
    const actor = threads.open(0, { receive: (message) => void outcomes.push(message) });
    actor.context.spawn(
      child,
      undefined,
      { thread: 1 },
      (outcome) => ({ kind: "born", outcome }) as never,
    );
    const cause = codedError("ERR_WORKER_OUT_OF_MEMORY", "no heap is left");
    threads.kernel().threadDied(1, cause);
    threads.run();
    const error = { code: "ERR_MULTIRAFT_SPAWN", cause };
    expect(outcomes).toMatchObject([{ outcome: { kind: "failed", error } }]);
  });

  test("is stopped when the answer cannot be brought back", () => {
    const threads = new Threads({ threads: 2 });
    threads.definitions.set("test:#child", child);
    threads.outside.spawn(child, undefined, { thread: 1 }, () => ({ kind: "x" }));
    threads.answer = (record) => (record.kind === "spawned" ? "thread-dead" : "ok");
    threads.run();
    expect(threads.kernel(1).liveCount).toBe(0);
  });

  test("goes near another actor when asked to", () => {
    const threads = new Threads({ threads: 2 });
    threads.definitions.set("test:#child", child);
    const { address } = threads.open(1);
    threads.outside.spawn(child, undefined, { near: address }, () => ({ kind: "x" }));
    threads.run();
    expect(threads.kernel(1).liveCount).toBe(2);
  });
});

test("each life draws from a random stream of its own, the same in each run", () => {
  const draws = (): number[] => {
    const threads = new Threads();
    return [threads.open(), threads.open()].map(({ context }) =>
      context.environment.random.below(1_000_000),
    );
  };
  const [first, second] = draws();
  expect(first).not.toBe(second);
  expect(draws()).toEqual([first, second]);
});
