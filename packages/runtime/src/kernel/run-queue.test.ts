import { describe, expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import {
  MESSAGE_BYTES_LOG2,
  SLICE_MESSAGES_MAX,
  TURN_MESSAGES_MAX,
  TURN_MS_MAX,
} from "./limits.ts";

function fill(threads: Threads, to: { readonly address: unknown }, messages: number): void {
  for (let i = 0; i < messages; i += 1) threads.outside.tell(to.address as never, { kind: "m" });
}

describe("a turn", () => {
  test("gives each actor a slice before any gets a second", () => {
    const threads = new Threads();
    const order: string[] = [];
    const actors = ["a", "b", "c"].map((name) =>
      threads.open(0, { receive: () => void order.push(name) }),
    );
    for (const actor of actors) fill(threads, actor, SLICE_MESSAGES_MAX + 1);
    threads.kernel().runTurn();
    const firsts = [0, 1, 2].map((slice) => order[slice * SLICE_MESSAGES_MAX]);
    expect(firsts).toEqual(["a", "b", "c"]);
    expect(order.slice(-3)).toEqual(["a", "b", "c"]);
  });

  test("ends after its messages, however many there are", () => {
    const threads = new Threads();
    const actor = threads.open(0, {
      receive: (message) => actor.context.tell(actor.address, message),
    });
    fill(threads, actor, 1);
    expect(threads.kernel().runTurn()).toBe(true);
    expect(threads.counts().delivered).toBe(TURN_MESSAGES_MAX);
  });

  test("ends after what its payloads weigh: what one brings about does not wait for the next", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    const payload = threads.outside.allocatePayload(TURN_MESSAGES_MAX << MESSAGE_BYTES_LOG2);
    expect(payload).toBeDefined();
    threads.outside.tell(actor.address, { kind: "large" }, payload && { payload });
    threads.outside.tell(actor.address, { kind: "small" });
    threads.kernel().runTurn();
    expect(actor.kinds()).toEqual(["large"]);
    threads.kernel().runTurn();
    expect(actor.kinds()).toEqual(["large", "small"]);
  });

  test("does not end for payloads that are passed on as they are", () => {
    const threads = new Threads();
    const last = threads.recorder();
    const seen: string[] = [];
    const between = threads.open(0, {
      receive: (message, envelope) => {
        seen.push(message.kind);
        const payload = envelope.takePayload();
        between.context.tell(last.address, message, payload && { payload });
      },
    });
    for (const kind of ["first", "second"]) {
      const half = (TURN_MESSAGES_MAX / 2) << MESSAGE_BYTES_LOG2;
      const payload = threads.outside.allocatePayload(half);
      expect(payload).toBeDefined();
      threads.outside.tell(between.address, { kind }, payload && { payload });
    }
    threads.outside.tell(last.address, { kind: "third" });
    threads.kernel().runTurn();
    // Who reads them needs the time, and ends the turn.
    expect(seen).toEqual(["first", "second"]);
    expect(last.kinds()).toEqual(["third", "first", "second"]);
  });

  test("ends after a handler that made a payload, and after one that performed something", () => {
    const threads = new Threads();
    const doing: Readonly<Record<string, () => void>> = {
      makes: () =>
        actor.context.allocatePayload(TURN_MESSAGES_MAX << MESSAGE_BYTES_LOG2)?.release(),
      performs: () =>
        actor.context.perform(
          "it",
          () => 1,
          () => ({ kind: "outcome" }),
        ),
    };
    const seen: string[] = [];
    const actor = threads.open(0, {
      receive: ({ kind }) => {
        seen.push(kind);
        doing[kind]?.();
      },
    });
    for (const kind of ["makes", "next", "performs", "next"])
      threads.outside.tell(actor.address, { kind });
    threads.kernel().runTurn();
    expect(seen).toEqual(["makes"]);
    threads.kernel().runTurn();
    expect(seen).toEqual(["makes", "next", "performs"]);
    threads.kernel().runTurn();
    expect(seen).toEqual(["makes", "next", "performs", "next", "outcome"]);
  });

  test("ends after its time, however few", () => {
    const threads = new Threads();
    const actor = threads.open(0, {
      receive: () => threads.clock.moveTo(threads.clock.nowMs() + TURN_MS_MAX / 10),
    });
    fill(threads, actor, 1_000);
    threads.kernel().runTurn();
    expect(threads.counts().delivered).toBeLessThan(200);
  });

  test("ends with turnEnd of those that handled something, once each, after all messages", () => {
    const threads = new Threads();
    const log: string[] = [];
    const open = (name: string) =>
      threads.open(0, {
        receive: () => void log.push(name),
        turnEnd: () => log.push(`${name} end`),
      });
    const [a, b] = [open("a"), open("b")];
    open("idle");
    fill(threads, a, 2);
    fill(threads, b, 1);
    threads.kernel().runTurn();
    expect(log).toEqual(["a", "a", "b", "a end", "b end"]);
    threads.run();
    expect(log).toHaveLength(5);
  });

  test("does without the turnEnd of a life that has closed in it", () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = threads.open(0, {
      receive: () => actor.context.stopSelf(),
      turnEnd: () => log.push("turn end"),
      stopped: () => log.push("stopped"),
    });
    fill(threads, actor, 1);
    threads.run();
    expect(log).toEqual(["stopped"]);
  });

  test("stops an actor whose turnEnd throws", () => {
    const threads = new Threads();
    const actor = threads.open(0, {
      turnEnd: () => {
        throw new Error("at the end");
      },
    });
    fill(threads, actor, 1);
    threads.run();
    expect(threads.ended).toMatchObject([
      { reason: { kind: "threw", error: { message: "at the end" } } },
    ]);
  });

  test("leaves the turnEnd of an asynchronous handler until that has settled", async () => {
    const threads = new Threads();
    const log: string[] = [];
    const actor = threads.open(0, {
      receive: (message) => (message.kind === "m" ? undefined : Promise.resolve()),
      turnEnd: () => log.push("turn end"),
    });
    fill(threads, actor, 1);
    threads.outside.tell(actor.address, { kind: "slow" });
    threads.kernel().runTurn();
    expect(log).toEqual([]);
    expect(threads.kernel().hasWork).toBe(false);
    for (let i = 0; i < 5; i += 1) await undefined;
    threads.kernel().runTurn();
    expect(log).toEqual(["turn end"]);
  });
});

test("mail of one actor to itself does not keep others waiting", () => {
  const threads = new Threads();
  const busy = threads.open(0, { receive: (message) => busy.context.tell(busy.address, message) });
  const other = threads.recorder();
  fill(threads, busy, 10);
  threads.kernel().runTurn();
  fill(threads, other, 1);
  threads.kernel().runTurn();
  expect(other.seen).toHaveLength(1);
});

describe("held mail", () => {
  test("stays while others overtake it, and comes in its order when it is released", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    threads.kernel().holdMail(actor.address, ["snapshot"]);
    for (const kind of ["a", "snapshot", "b", "snapshot"])
      threads.outside.tell(actor.address, { kind });
    threads.run();
    expect(actor.kinds()).toEqual(["a", "b"]);
    expect(threads.kernel().inspect()[0]?.queued).toBe(2);
    threads.outside.tell(actor.address, { kind: "c" });
    threads.run();
    expect(actor.kinds()).toEqual(["a", "b", "c"]);
    threads.kernel().releaseMail(actor.address);
    threads.run();
    expect(actor.kinds()).toEqual(["a", "b", "c", "snapshot", "snapshot"]);
    threads.expectClean();
  });

  test("is dropped and answered with the rest when its life ends", () => {
    const threads = new Threads();
    const actor = threads.recorder();
    threads.kernel().holdMail(actor.address, ["x"]);
    const outcomes: unknown[] = [];
    threads.outside.askThen(actor.address, { kind: "x" }, { timeoutMs: 9 }, (o) =>
      outcomes.push(o),
    );
    threads.run();
    threads.outside.stop(actor.address);
    expect(outcomes).toMatchObject([{ reason: "tombstone" }]);
    expect(threads.dropped("tombstone")).toBe(1);
    threads.expectClean();
  });
});
