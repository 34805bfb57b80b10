import { describe, expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { Envelope, Payload } from "../actor/envelope.ts";
import type { AskOutcome } from "../actor/outcome.ts";

/** A promise and its ends. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

const microtasks = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await undefined;
};

describe("an asynchronous handler", () => {
  function waiting(threads: Threads) {
    const gate = deferred<void>();
    const seen: string[] = [];
    const actor = threads.open(0, {
      receive: async (message: MessageShape) => {
        seen.push(`${message.kind} begins`);
        if (message.kind === "slow") await gate.promise;
        seen.push(`${message.kind} ends`);
      },
    });
    return { ...actor, gate, seen };
  }

  test("keeps the mailbox waiting until it has settled", async () => {
    const threads = new Threads();
    const actor = waiting(threads);
    for (const kind of ["slow", "fast"]) threads.outside.tell(actor.address, { kind });
    threads.run();
    await microtasks();
    threads.run();
    expect(actor.seen).toEqual(["slow begins"]);
    const wakes = threads.wakes;
    actor.gate.resolve();
    await microtasks();
    expect(threads.wakes).toBeGreaterThan(wakes);
    threads.run();
    await microtasks();
    expect(actor.seen).toEqual(["slow begins", "slow ends", "fast begins", "fast ends"]);
    threads.expectClean();
  });

  test("stops its actor when it rejects", async () => {
    const threads = new Threads();
    const actor = waiting(threads);
    threads.outside.tell(actor.address, { kind: "slow" });
    threads.run();
    actor.gate.reject(new Error("no luck"));
    await microtasks();
    expect(threads.ended).toMatchObject([
      { reason: { kind: "threw", error: { message: "no luck" } } },
    ]);
    expect(threads.thrown).toHaveLength(1);
    threads.expectClean();
  });

  test("does not hold up the end of its life, and its result then changes nothing", async () => {
    const threads = new Threads();
    const gate = deferred<void>();
    const later = threads.recorder();
    const signals: boolean[] = [];
    const actor = threads.open(0, {
      receive: async () => {
        const { signal } = actor.context;
        signals.push(signal.aborted);
        await gate.promise;
        signals.push(signal.aborted);
        actor.context.tell(later.address, { kind: "from the dead" });
        actor.context.setTimer("t", 1, { kind: "tick" });
        actor.context.lease.hold("late", () => signals.push(true));
        throw new Error("late too");
      },
      turnEnd: () => later.seen.push({ kind: "turn end" }),
    });
    threads.outside.tell(actor.address, { kind: "x" });
    threads.run();
    threads.outside.stop(actor.address);
    expect(threads.ended).toMatchObject([{ reason: { kind: "stopped" } }]);
    gate.resolve();
    await microtasks();
    threads.run();
    expect(signals).toEqual([false, true, true]);
    expect(later.seen).toEqual([]);
    expect(threads.thrown).toEqual([]);
    threads.expectClean();
  });

  test("can ask, and gets the reply or an AskError", async () => {
    const threads = new Threads();
    const server = threads.open(0, {
      receive: (message, envelope) => {
        if (message.kind === "get" && envelope.reply) server.context.reply(envelope.reply, 42);
      },
    });
    const results: unknown[] = [];
    const client = threads.open(0, {
      receive: async (message) => {
        const options = { timeoutMs: 10 };
        const asked = client.context.ask(server.address, { kind: message.kind }, options);
        results.push(await asked.catch((error) => [error.code, error.reason]));
      },
    });
    for (const kind of ["get", "ignored"]) threads.outside.tell(client.address, { kind });
    for (let i = 0; i < 4; i += 1) {
      threads.run();
      await microtasks();
    }
    threads.advance(10);
    await microtasks();
    expect(results).toEqual([42, ["ERR_MULTIRAFT_ASK", "timeout"]]);
    threads.expectClean();
  });

  test("keeps its payload until it has settled", async () => {
    const threads = new Threads();
    const gate = deferred<void>();
    const actor = threads.open(0, { receive: () => gate.promise });
    const payload = threads.outside.allocatePayload(8);
    threads.outside.tell(actor.address, { kind: "x" }, payload && { payload });
    threads.run();
    expect(threads.payloads.openBlocks).toBe(1);
    gate.resolve();
    await microtasks();
    expect(threads.payloads.openBlocks).toBe(0);
  });

  test("of a life that ends does not keep its payload", () => {
    const threads = new Threads();
    const actor = threads.open(0, { receive: () => new Promise(() => undefined) });
    const payload = threads.outside.allocatePayload(8);
    threads.outside.tell(actor.address, { kind: "x" }, payload && { payload });
    threads.run();
    threads.outside.stop(actor.address);
    threads.expectClean();
  });
});

describe("an ask whose deadline has passed", () => {
  test("is dropped before its handler is entered, and its asker has one outcome", () => {
    const threads = new Threads();
    const server = threads.recorder();
    const outcomes: AskOutcome<unknown>[] = [];
    const settle = (outcome: AskOutcome<unknown>): void => void outcomes.push(outcome);
    threads.outside.askThen(server.address, { kind: "late" }, { timeoutMs: 5 }, settle);
    threads.outside.askThen(server.address, { kind: "in time" }, { timeoutMs: 6 }, settle);
    threads.clock.moveTo(5);
    threads.run();
    expect(server.kinds()).toEqual(["in time"]);
    expect(threads.dropped("expired")).toBe(1);
    threads.advance(0);
    expect(outcomes).toMatchObject([{ reason: "expired" }]);
    threads.expectClean();
  });

  test("across threads the time counts from its arrival", () => {
    const threads = new Threads({ threads: 2 });
    const server = threads.recorder(1);
    const limits = { timeoutMs: 5 };
    threads.outside.askThen(server.address, { kind: "x" }, limits, () => undefined);
    threads.carry();
    threads.clock.moveTo(4.9);
    threads.run();
    expect(server.kinds()).toEqual(["x"]);
  });
});

describe("a payload", () => {
  test("is there during the handler and released after it", () => {
    const threads = new Threads();
    const lengths: (number | undefined)[] = [];
    let kept: Payload | undefined;
    const actor = threads.open(0, {
      receive: (_, envelope) => {
        kept = envelope.payload;
        lengths.push(kept?.bytes.byteLength);
      },
    });
    const payload = threads.outside.allocatePayload(8);
    threads.outside.tell(actor.address, { kind: "x" }, payload && { payload });
    threads.run();
    expect(lengths).toEqual([8]);
    expect(kept?.isReleased).toBe(true);
    expect(() => kept?.bytes).toThrow("after it was released");
    expect(threads.payloads.openBlocks).toBe(0);
  });

  test("that was taken stays until it is released, or the life ends", () => {
    const threads = new Threads();
    const taken: (Payload | undefined)[] = [];
    const takeTwice = (_: MessageShape, envelope: Envelope): void => {
      taken.push(envelope.takePayload(), envelope.takePayload());
    };
    const actor = threads.open(0, { receive: takeTwice });
    for (let i = 0; i < 2; i += 1) {
      const payload = threads.outside.allocatePayload(8);
      threads.outside.tell(actor.address, { kind: "x" }, payload && { payload });
    }
    threads.run();
    expect(taken.map((payload) => payload?.isReleased)).toEqual([
      false,
      undefined,
      false,
      undefined,
    ]);
    taken[0]?.release();
    taken[0]?.release();
    expect(threads.payloads.openBlocks).toBe(1);
    threads.outside.stop(actor.address);
    expect(threads.payloads.openBlocks).toBe(0);
  });

  test("that was sent is no longer the sender's: it can neither read, release nor send it", () => {
    const threads = new Threads();
    const { outside } = threads;
    const actor = threads.recorder();
    const payload = outside.allocatePayload(8);
    if (payload === undefined) throw new Error("no memory");
    outside.tell(actor.address, { kind: "x" }, { payload });
    payload.release();
    expect(threads.payloads.openBlocks).toBe(1);
    expect(() => payload.bytes).toThrow("released or sent");
    expect(() => outside.tell(actor.address, { kind: "y" }, { payload })).toThrow(
      "released or sent",
    );
    threads.expectClean();
  });

  test("of a handler that throws is released", () => {
    const threads = new Threads();
    const actor = threads.open(0, {
      receive: () => {
        throw new Error("no");
      },
    });
    const payload = threads.outside.allocatePayload(8);
    threads.outside.tell(actor.address, { kind: "x" }, payload && { payload });
    threads.run();
    expect(threads.payloads.openBlocks).toBe(0);
  });

  test("that was allocated and never sent is released with its life", () => {
    const threads = new Threads();
    const actor = threads.open();
    actor.context.allocatePayload(8);
    expect(actor.context.lease.heldNames).toEqual(["payload of 8 bytes"]);
    actor.context.stopSelf();
    expect(threads.payloads.openBlocks).toBe(0);
  });

  test("is refused while memory is exhausted", () => {
    const { outside } = new Threads();
    expect(outside.allocatePayload(2 ** 30)).toBe(undefined);
  });
});
