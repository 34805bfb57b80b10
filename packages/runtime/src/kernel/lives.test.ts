import { describe, expect, test } from "vitest";
import { define, Threads } from "../../test/kernel-fixture.ts";
import type { AskOutcome, StopReason } from "../actor/outcome.ts";

/** An actor that holds things, and writes down how it ends. */
function holder(threads: Threads, log: string[]) {
  const actor = threads.open(0, {
    receive: (message) => {
      log.push(message.kind);
      if (message.kind === "break") throw new Error("broken");
      if (message.kind === "stop self") actor.context.stopSelf();
    },
    stopped: (reason: StopReason) => {
      log.push(`stopped: ${reason.kind}, current: ${actor.context.lease.isCurrent}`);
    },
  });
  actor.context.lease.hold("first", () => log.push("release first"));
  actor.context.lease.hold("second", () => log.push("release second"));
  return actor;
}

describe("the end of a life", () => {
  test("has one order: close, drop and answer, tasks, stopped, lease in reverse, slot, watchers", async () => {
    const threads = new Threads({ slots: 8 });
    const log: string[] = [];
    const actor = holder(threads, log);
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    actor.context.perform(
      "work",
      () => work,
      () => ({ kind: "performed" }),
      () => log.push("result released"),
    );
    const watcher = threads.open(0, { receive: (message) => void log.push(message.kind) });
    watcher.context.watch(actor.address, () => ({ kind: "terminated" }));
    threads.outside.tell(actor.address, { kind: "queued" });
    threads.outside.askThen(actor.address, { kind: "asked" }, { timeoutMs: 9 }, (outcome) =>
      log.push(`ask ${outcome.kind === "failed" && outcome.reason}`),
    );

    threads.outside.stop(actor.address);
    expect(threads.outside.tryTell(actor.address, { kind: "after" })).toBe("tombstone");
    expect(actor.context.lease.isCurrent).toBe(false);
    expect(log).toEqual(["ask tombstone"]);
    threads.run();
    expect(log).toEqual(["ask tombstone"]);
    expect(
      threads
        .kernel()
        .inspect()
        .find((cell) => cell.state === "ending")?.held,
    ).toEqual(["first", "second", "perform work"]);

    finish();
    for (let i = 0; i < 5; i += 1) await undefined;
    threads.run();
    expect(log.slice(1)).toEqual([
      "result released",
      "stopped: stopped, current: false",
      "release second",
      "release first",
      "terminated",
    ]);
    expect(threads.outside.tryTell(actor.address, { kind: "after" })).toBe("vacant");
    threads.expectClean();
  });

  test("by its own hand comes after the handler, with the rest of its mail dropped", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = holder(threads, log);
    for (const kind of ["one", "stop self", "two"]) threads.outside.tell(actor.address, { kind });
    threads.run();
    expect(log.slice(0, 3)).toEqual(["one", "stop self", "stopped: stopped, current: false"]);
    expect(threads.dropped("tombstone")).toBe(1);
    threads.expectClean();
  });

  test("by a throw gives the reason to watchers, and is reported", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = holder(threads, log);
    const endings: unknown[] = [];
    const watcher = threads.open(0, { receive: (message) => void endings.push(message) });
    watcher.context.watch(actor.address, (termination) => ({ kind: "end", termination }) as never);
    threads.outside.tell(actor.address, { kind: "break" });
    threads.run();
    expect(endings).toMatchObject([
      { termination: { kind: "threw", error: { name: "Error", message: "broken" } } },
    ]);
    expect(log).toContain("stopped: threw, current: false");
    expect(threads.thrown).toMatchObject([{ message: "broken" }]);
    threads.expectClean();
  });

  test("releases all, whatever a release or stopped throws", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = threads.open(0, {
      stopped: () => {
        throw new Error("in stopped");
      },
    });
    actor.context.lease.hold("good", () => log.push("good"));
    actor.context.lease.hold("bad", () => {
      throw new Error("in release");
    });
    actor.context.stopSelf();
    expect(log).toEqual(["good"]);
    expect(threads.thrown).toMatchObject([{ message: "in stopped" }, { message: "in release" }]);
    threads.expectClean();
  });

  test("lets it tell others in stopped, and start nothing", () => {
    const threads = new Threads();
    const other = threads.recorder();
    const actor = threads.open(0, {
      stopped: () => {
        actor.context.tell(other.address, { kind: "farewell" });
        actor.context.setTimer("t", 1, { kind: "never" });
        actor.context.job({ url: "", name: "j", run: () => 1 }, 1, () => ({ kind: "never" }));
        actor.context.watch(other.address, () => ({ kind: "never" }));
        actor.context.spawn(
          define("child", () => ({ receive: () => undefined })),
          undefined,
          {},
          () => ({
            kind: "never",
          }),
        );
        expect(actor.context.allocatePayload(1)).toBe(undefined);
      },
    });
    actor.context.stopSelf();
    threads.run();
    expect(other.kinds()).toEqual(["farewell"]);
    expect(threads.jobs).toEqual([]);
    expect(threads.kernel().liveCount).toBe(1);
    threads.expectClean();
  });

  test("leaves a life without any effect on others", () => {
    const threads = new Threads();
    const other = threads.recorder();
    const actor = threads.open();
    const payload = actor.context.allocatePayload(4);
    actor.context.stopSelf();
    expect(actor.context.tryTell(other.address, { kind: "x" })).toBe("tombstone");
    actor.context.stop(other.address);
    const outcomes: AskOutcome<unknown>[] = [];
    actor.context.askThen(other.address, { kind: "x" }, { timeoutMs: 1 }, (o) => outcomes.push(o));
    expect(outcomes).toMatchObject([{ reason: "aborted" }]);
    expect(payload?.isReleased).toBe(true);
    threads.run();
    expect(other.seen).toEqual([]);
    expect(threads.counts().sent).toBe(0);
    threads.expectClean();
  });

  test("is the same when it is asked for twice", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = holder(threads, log);
    threads.outside.stop(actor.address);
    threads.outside.stop(actor.address);
    threads.outside.stop(actor.address, "drain");
    actor.context.stopSelf();
    expect(log.filter((entry) => entry.startsWith("stopped"))).toHaveLength(1);
    expect(threads.ended).toHaveLength(1);
  });
});

test("a life that is ending is closed for senders on all threads: nothing is sent to it any more", () => {
  const threads = new Threads({ threads: 2 });
  const far = threads.open(1);
  far.context.job({ url: "", name: "j", run: () => 1 }, 1, () => ({ kind: "x" }));
  far.context.stopSelf();
  expect(threads.outside.tryTell(far.address, { kind: "x" })).toBe("tombstone");
  expect(threads.onTheWay()).toEqual([]);
  const draining = threads.open(1);
  threads.kernel(1).holdMail(draining.address, ["held"]);
  threads.outside.tell(draining.address, { kind: "held" });
  threads.run();
  threads.kernel(1).stop(draining.address, "drain");
  expect(threads.outside.tryTell(draining.address, { kind: "x" })).toBe("tombstone");
});

describe("draining", () => {
  test("handles what was queued, refuses what comes, then ends", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = holder(threads, log);
    for (const kind of ["one", "two"]) threads.outside.tell(actor.address, { kind });
    threads.outside.stop(actor.address, "drain");
    expect(actor.context.lease.isCurrent).toBe(false);
    expect(threads.outside.tryTell(actor.address, { kind: "three" })).toBe("tombstone");
    threads.run();
    expect(log.slice(0, 3)).toEqual(["one", "two", "stopped: stopped, current: false"]);
    threads.expectClean();
  });

  test("ends at once when nothing is queued", () => {
    const threads = new Threads();
    const actor = threads.open();
    threads.outside.stop(actor.address, "drain");
    expect(threads.ended).toHaveLength(1);
  });

  test("asked for by a handler of its own ends after that handler and the queue", () => {
    const threads = new Threads();
    const seen: string[] = [];
    const actor = threads.open(0, {
      receive: (message) => {
        seen.push(message.kind);
        if (message.kind === "drain") actor.context.stop(actor.address, "drain");
      },
    });
    for (const kind of ["drain", "after"]) threads.outside.tell(actor.address, { kind });
    threads.run();
    expect(seen).toEqual(["drain", "after"]);
    expect(threads.ended).toHaveLength(1);
  });

  test("ends too when the last mail is an ask that has expired, or a tick that was cancelled", () => {
    const threads = new Threads();
    const [late, cancelled] = [threads.recorder(), threads.recorder()];
    threads.outside.askThen(late.address, { kind: "x" }, { timeoutMs: 1 }, () => undefined);
    cancelled.context.setTimer("t", 1, { kind: "tick" });
    threads.clock.moveTo(1);
    threads.kernel().fireTimers();
    cancelled.context.cancelTimer("t");
    for (const { address } of [late, cancelled]) threads.outside.stop(address, "drain");
    expect(threads.ended).toHaveLength(0);
    threads.run();
    expect(threads.ended).toHaveLength(2);
    expect([...late.seen, ...cancelled.seen]).toEqual([]);
  });
});

describe("creation", () => {
  test("that throws fails the spawn with its cause, and releases what was held", () => {
    const threads = new Threads();
    const log: string[] = [];
    const definition = define("bad", (context) => {
      context.lease.hold("early", () => log.push("released"));
      context.setTimer("t", 1, { kind: "tick" });
      throw new Error("no such file", { cause: new Error("ENOENT") });
    });
    const outcome = threads.kernel().spawn(definition, undefined);
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { message: "no such file", cause: { message: "ENOENT" } },
    });
    expect(log).toEqual(["released"]);
    expect(threads.kernel().liveCount).toBe(0);
    threads.expectClean();
  });

  test("that stops itself has lived and ended", () => {
    const threads = new Threads();
    const stopped: StopReason[] = [];
    const address = threads.spawn((context) => {
      context.stopSelf();
      return { receive: () => undefined, stopped: (reason) => stopped.push(reason) };
    });
    expect(stopped).toEqual([{ kind: "stopped" }]);
    expect(threads.outside.tryTell(address, { kind: "x" })).toBe("vacant");
  });

  test("may tell itself and others; the mail waits until it is done", () => {
    const threads = new Threads();
    const seen: string[] = [];
    threads.spawn((context) => {
      context.tell(context.self, { kind: "to myself" });
      seen.push("created");
      return { receive: (message) => void seen.push(message.kind) };
    });
    threads.run();
    expect(seen).toEqual(["created", "to myself"]);
  });

  test("is refused when all slots are in use, and after the shutdown", () => {
    const threads = new Threads({ slots: 1 });
    threads.open();
    const plain = define("plain", () => ({ receive: () => undefined }));
    const refused = threads.kernel().spawn(plain, undefined);
    expect(refused).toMatchObject({ error: { code: "ERR_MULTIRAFT_SLOTS_EXHAUSTED" } });
    threads.kernel().shutDown();
    const late = threads.kernel().spawn(plain, undefined);
    expect(late).toMatchObject({ error: { code: "ERR_MULTIRAFT_SHUT_DOWN" } });
  });

  test("gives each life a new incarnation; a slot whose numbers have run out is retired", () => {
    const threads = new Threads({ slots: 1, incarnationMax: 3 });
    const addresses = [1, 2, 3].map(() => {
      const { address, context } = threads.open();
      context.stopSelf();
      return address.incarnation;
    });
    expect(addresses).toEqual([1, 2, 3]);
    expect(() => threads.open()).toThrow("the spawn failed");
  });
});

test("shutting down ends every life with that reason, and drops its mail under it", () => {
  const threads = new Threads();
  const log: string[] = [];
  const actor = holder(threads, log);
  threads.outside.tell(actor.address, { kind: "queued" });
  threads.kernel().shutDown();
  expect(log[0]).toBe("stopped: shut-down, current: false");
  expect(threads.dropped("shut-down")).toBe(1);
  expect(threads.kernel().liveCount).toBe(0);
});

describe("a lease", () => {
  test("releases early by its handle, once", () => {
    const threads = new Threads();
    const log: string[] = [];
    const { context } = threads.open();
    const held = context.lease.hold("file", () => log.push("released"));
    expect([held.name, held.isReleased]).toEqual(["file", false]);
    held.release();
    held.release();
    expect(held.isReleased).toBe(true);
    context.stopSelf();
    expect(log).toEqual(["released"]);
  });

  test("names what is held: resources, payloads, tasks, timers, calls, debts", () => {
    const threads = new Threads();
    const { context, address } = threads.open(0, { receive: () => undefined });
    context.lease.hold("tablet", () => undefined);
    context.allocatePayload(3);
    context.job({ url: "", name: "compact", run: () => 1 }, 1, () => ({ kind: "x" }));
    context.setTimer("election", 1, { kind: "x" });
    context.watch(threads.outside.self, () => ({ kind: "x" }));
    threads.outside.askThen(address, { kind: "x" }, { timeoutMs: 1 }, () => undefined);
    threads.run();
    expect(context.lease.heldNames).toEqual([
      "tablet",
      "payload of 3 bytes",
      "job compact",
      "timer election",
      "watch",
      "debt",
    ]);
  });
});

test.each([0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31])(
  "a mailbox bounded by %d is refused to the spawner, and costs no slot",
  (mailboxMessagesMax) => {
    const threads = new Threads({ threads: 2, slots: 2 });
    const spawner = threads.open(0);
    const child = define("child", () => ({ receive: () => undefined }));
    const spawn = (): void =>
      spawner.context.spawn(child, undefined, { thread: 1, mailboxMessagesMax }, () => ({
        kind: "spawned",
      }));
    expect(spawn).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_MAILBOX_BOUND" }) as Error,
    );
    expect(threads.onTheWay()).toEqual([]);
    for (let tries = 0; tries < 2; tries += 1)
      expect(() => threads.open(1, {}, { mailboxMessagesMax })).toThrow("at least one message");
    threads.open(1);
    threads.open(1);
    threads.expectClean();
  },
);
