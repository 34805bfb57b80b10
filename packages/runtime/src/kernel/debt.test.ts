// Asks, replies, forwards: each ask has exactly one outcome.
import { describe, expect, test } from "vitest";
import { Threads } from "../../test/kernel-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { Envelope, ReplyToken } from "../actor/envelope.ts";
import type { AskOutcome } from "../actor/outcome.ts";

function server(threads: Threads, thread = 0) {
  const tokens: ReplyToken[] = [];
  const actor = threads.open(thread, {
    receive: (message: MessageShape, envelope: Envelope) => {
      if (message.kind === "break") throw new Error("broken");
      if (envelope.reply !== undefined) tokens.push(envelope.reply);
    },
  });
  const token = (index = 0): ReplyToken => {
    const found = tokens[index];
    if (found === undefined) throw new Error("nobody asked");
    return found;
  };
  return { ...actor, tokens, token };
}

function askAll(threads: Threads, to: { address: unknown }, times = 1, timeoutMs = 100) {
  const outcomes: AskOutcome<unknown>[] = [];
  for (let i = 0; i < times; i += 1)
    threads.outside.askThen(to.address as never, { kind: "get" }, { timeoutMs }, (outcome) =>
      outcomes.push(outcome),
    );
  threads.run();
  return outcomes;
}

describe.each([0, 1])("an ask of an actor on thread %i", (thread) => {
  test("is answered later, by the token", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, thread);
    const outcomes = askAll(threads, actor);
    expect(actor.context.lease.heldNames).toEqual(["debt"]);
    actor.context.reply(actor.token(), { answer: 1 });
    threads.run();
    expect(outcomes).toEqual([{ kind: "reply", value: { answer: 1 } }]);
    expect(actor.context.lease.heldNames).toEqual([]);
    threads.expectClean();
  });

  test("is answered with an error by replyError", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, thread);
    const outcomes = askAll(threads, actor);
    const error = { name: "E", message: "m", code: "C", stack: undefined, cause: undefined };
    actor.context.replyError(actor.token(), error);
    threads.run();
    expect(outcomes).toEqual([{ kind: "failed", reason: "error", error }]);
  });

  test("that is unanswered when the life ends is answered with an error, exactly once", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, thread);
    const outcomes = askAll(threads, actor, 3);
    actor.context.reply(actor.token(1), "in time");
    actor.context.stopSelf();
    actor.context.reply(actor.token(0), "too late");
    threads.run();
    threads.advance(1_000);
    expect(outcomes.filter((outcome) => outcome.kind === "reply")).toHaveLength(1);
    expect(outcomes).toHaveLength(3);
    expect(outcomes[1]).toMatchObject({
      reason: "error",
      error: { code: "ERR_MULTIRAFT_UNANSWERED" },
    });
    threads.expectClean();
  });

  test("of an actor that threw carries what it threw", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, thread);
    const outcomes = askAll(threads, actor);
    threads.outside.tell(actor.address, { kind: "break" });
    threads.run();
    expect(outcomes).toMatchObject([{ error: { cause: { message: "broken" } } }]);
  });

  test("times out, and a reply after that changes nothing", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, thread);
    const outcomes = askAll(threads, actor, 1, 10);
    threads.advance(9.9);
    expect(outcomes).toEqual([]);
    threads.advance(0.1);
    expect(outcomes).toMatchObject([{ kind: "failed", reason: "timeout" }]);
    actor.context.reply(actor.token(), "late");
    threads.run();
    expect(outcomes).toHaveLength(1);
    threads.expectClean();
  });

  test("is forwarded with its debt, its payload and its asker", () => {
    const threads = new Threads({ threads: 2 });
    const last = threads.open(thread, {
      receive: (_, envelope) => {
        expect(envelope.from).toEqual(threads.outside.self);
        if (envelope.reply) last.context.reply(envelope.reply, envelope.payload?.bytes.byteLength);
      },
    });
    const middle = threads.open(1 - thread, {
      receive: (message, envelope) => middle.context.forward(last.address, message, envelope),
    });
    const outcomes: AskOutcome<unknown>[] = [];
    const payload = threads.outside.allocatePayload(16);
    const options = { timeoutMs: 10, ...(payload && { payload }) };
    threads.outside.askThen(middle.address, { kind: "x" }, options, (o) => outcomes.push(o));
    threads.run();
    expect(outcomes).toEqual([{ kind: "reply", value: 16 }]);
    middle.context.stopSelf();
    threads.run();
    expect(outcomes).toHaveLength(1);
    threads.expectClean();
  });

  test("forwarded to nobody is answered with the reason", () => {
    const threads = new Threads({ threads: 2 });
    const gone = threads.open(thread);
    gone.context.stopSelf();
    const middle = threads.open(thread, {
      receive: (message, envelope) => middle.context.forward(gone.address, message, envelope),
    });
    expect(askAll(threads, middle)).toMatchObject([{ kind: "failed", reason: "vacant" }]);
    threads.expectClean();
  });
});

test("a second answer to the same token is an assertion, so is an answer by another", () => {
  const threads = new Threads();
  const actor = server(threads);
  const other = threads.open();
  askAll(threads, actor, 2);
  actor.context.reply(actor.token(0), 1);
  expect(() => actor.context.reply(actor.token(0), 2)).toThrow("does not owe");
  expect(() => other.context.reply(actor.token(1), 2)).toThrow("does not owe");
});

test("a token that travelled as data is known by its numbers", () => {
  const threads = new Threads();
  const actor = server(threads);
  const outcomes = askAll(threads, actor, 2);
  const copy = structuredClone({ ...actor.token(1) }) as ReplyToken;
  actor.context.reply({ asker: copy.asker, ask: copy.ask }, "by numbers");
  threads.run();
  expect(outcomes).toEqual([{ kind: "reply", value: "by numbers" }]);
});

test("a debt may still be paid in stopped", () => {
  const threads = new Threads();
  let token: ReplyToken | undefined;
  const actor = threads.open(0, {
    receive: (_, envelope) => {
      token = envelope.reply;
    },
    stopped: () => {
      if (token !== undefined) actor.context.reply(token, "goodbye");
    },
  });
  const outcomes = askAll(threads, actor);
  threads.outside.stop(actor.address);
  threads.run();
  expect(outcomes).toEqual([{ kind: "reply", value: "goodbye" }]);
});

describe("the asker", () => {
  test("gives up by its signal; a signal that was given before sends nothing", () => {
    const threads = new Threads();
    const actor = server(threads);
    const controller = new AbortController();
    const outcomes: AskOutcome<unknown>[] = [];
    const ask = (): void =>
      threads.outside.askThen(
        actor.address,
        { kind: "get" },
        { timeoutMs: 10, signal: controller.signal },
        (outcome) => outcomes.push(outcome),
      );
    ask();
    threads.run();
    controller.abort();
    ask();
    threads.run();
    expect(outcomes).toMatchObject([{ reason: "aborted" }, { reason: "aborted" }]);
    expect(actor.tokens).toHaveLength(1);
    threads.expectClean();
  });

  test("that has ended gets nothing, and its life is not held up", () => {
    const threads = new Threads();
    const actor = server(threads);
    const asker = threads.recorder();
    const toMail = (): MessageShape => ({ kind: "answer" });
    asker.context.request(actor.address, { kind: "get" }, { timeoutMs: 10 }, toMail);
    threads.run();
    asker.context.stopSelf();
    expect(threads.ended).toHaveLength(1);
    actor.context.reply(actor.token(), 1);
    threads.run();
    expect(asker.seen).toEqual([]);
    threads.expectClean();
  });

  test("gets no answer that was meant for another life of its slot", () => {
    const threads = new Threads({ threads: 2, slots: 2 });
    const actor = server(threads, 1);
    const asker = threads.open(0);
    const outcomes: unknown[] = [];
    asker.context.askThen(actor.address, { kind: "get" }, { timeoutMs: 10 }, (o) =>
      outcomes.push(o),
    );
    threads.run();
    asker.context.stopSelf();
    threads.open(0);
    const later = threads.open(0);
    expect(later.address.slot).toBe(asker.address.slot);
    actor.context.reply(actor.token(), "for the first");
    threads.run();
    expect(outcomes).toMatchObject([{ reason: "aborted" }]);
  });

  test("gets no answer that was meant for a life of the thread before its own, with the same number", () => {
    const threads = new Threads({ threads: 2 });
    const actor = server(threads, 1);
    const outcomes = askAll(threads, actor);
    const { ask } = actor.token();
    const before = { slot: threads.outside.self.slot, incarnation: 77 };
    threads.kernel().deliver({ kind: "reply", to: before, call: ask, value: "not for this life" });
    expect(outcomes).toEqual([]);
    actor.context.reply(actor.token(), "for this one");
    threads.run();
    expect(outcomes).toEqual([{ kind: "reply", value: "for this one" }]);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "must say how long it waits: not %d",
    (timeoutMs) => {
      const threads = new Threads();
      const ask = (): void =>
        threads.outside.askThen(
          threads.outside.self,
          { kind: "x" },
          { timeoutMs },
          () => undefined,
        );
      expect(ask).toThrow("needs a timeout");
      threads.expectClean();
    },
  );
});

test("when a thread dies each ask of its actors fails so, and no other", () => {
  const threads = new Threads({ threads: 3 });
  const [dead, alive] = [server(threads, 1), server(threads, 2)];
  const lost = askAll(threads, dead, 2);
  const kept = askAll(threads, alive, 1);
  threads.kernel().threadDied(1, undefined);
  expect(lost).toMatchObject([{ reason: "thread-dead" }, { reason: "thread-dead" }]);
  expect(kept).toEqual([]);
  alive.context.reply(alive.token(), 1);
  threads.run();
  expect(kept).toHaveLength(1);
});

test("a life that fails over one lost call loses its others with it, and nobody else anything", () => {
  const threads = new Threads({ threads: 2 });
  const dead = server(threads, 1);
  const failing = threads.open(0);
  const toMail = (): MessageShape => {
    throw new Error("no mail of this");
  };
  const asked: string[] = [];
  for (const kind of ["first", "second"])
    failing.context.request(dead.address, { kind }, { timeoutMs: 10 }, () => {
      asked.push(kind);
      return toMail();
    });
  failing.context.watch(dead.address, toMail);
  const lost = askAll(threads, dead, 1);
  threads.run();
  threads.kernel().threadDied(1, undefined);
  expect(asked).toEqual(["first"]);
  expect(threads.ended).toMatchObject([{ address: failing.address, reason: { kind: "threw" } }]);
  expect(lost).toMatchObject([{ reason: "thread-dead" }]);
});

test("a token that travelled as data pays no debt to another life of the asker's slot", () => {
  const threads = new Threads();
  const actor = server(threads);
  const outcomes = askAll(threads, actor);
  const { asker, ask } = actor.token();
  const later = { slot: asker.slot, incarnation: asker.incarnation + 1 };
  expect(() => actor.context.reply({ asker: later, ask }, "to nobody")).toThrow("does not owe");
  actor.context.reply({ asker: { ...asker }, ask }, "to the asker");
  threads.run();
  expect(outcomes).toEqual([{ kind: "reply", value: "to the asker" }]);
});

test("an ask that could not be forwarded for its payload is answered when the life ends", () => {
  const threads = new Threads();
  const target = threads.recorder();
  const actor = threads.open(0, {
    receive: (_, envelope) => {
      envelope.payload?.release();
      actor.context.forward(target.address, { kind: "on" }, envelope);
    },
  });
  const outcomes: unknown[] = [];
  const payload = threads.outside.allocatePayload(8);
  const options = { timeoutMs: 100, ...(payload && { payload }) };
  threads.outside.askThen(actor.address, { kind: "get" }, options, (o) => outcomes.push(o));
  threads.run();
  expect(target.seen).toEqual([]);
  expect(outcomes).toMatchObject([{ kind: "failed", reason: "error" }]);
  threads.expectClean();
});
