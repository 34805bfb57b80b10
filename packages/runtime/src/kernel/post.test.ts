import { describe, expect, test } from "vitest";
import { define, Threads } from "../../test/kernel-fixture.ts";
import type { AnyAddress } from "../actor/address.ts";
import type { AskOutcome, DropReason } from "../actor/outcome.ts";

describe("mail between actors", () => {
  test.each([
    ["of one thread", 0],
    ["of two threads", 1],
  ])("%s keeps its order", (_name, thread) => {
    const threads = new Threads({ threads: 2 });
    const { address, seen } = threads.recorder(thread);
    for (let value = 0; value < 300; value += 1)
      threads.outside.tell(address, { kind: "n", value } as never);
    threads.run();
    expect(seen).toEqual(Array.from({ length: 300 }, (_, value) => ({ kind: "n", value })));
    expect(threads.counts()).toEqual({ sent: 300, delivered: 300, dropped: 0 });
    threads.expectClean();
  });

  test("names its sender", () => {
    const threads = new Threads({ threads: 2 });
    const senders: unknown[] = [];
    const note = {
      receive: (_: unknown, envelope: { from: unknown }) => void senders.push(envelope.from),
    };
    for (const thread of [0, 1])
      threads.outside.tell(threads.open(thread, note).address, { kind: "x" });
    threads.run();
    expect(senders).toEqual([threads.outside.self, threads.outside.self]);
  });
});

/** Each way in which mail can be lost, brought about; the address that it is lost at. */
const losses: readonly (readonly [DropReason, (threads: Threads) => AnyAddress])[] = [
  [
    "tombstone",
    (threads) => {
      const { address, context } = threads.open(0, { receive: () => undefined });
      context.perform(
        "slow",
        () => new Promise(() => undefined),
        () => ({ kind: "done" }),
      );
      context.stopSelf();
      return address;
    },
  ],
  [
    "stale-incarnation",
    (threads) => {
      const { address, context } = threads.open();
      context.stopSelf();
      while (threads.open().address.slot !== address.slot);
      return address;
    },
  ],
  [
    "vacant",
    (threads) => {
      const { address, context } = threads.open();
      context.stopSelf();
      return address;
    },
  ],
  [
    "mailbox-full",
    (threads) => {
      const { address } = threads.open(0, {}, { mailboxMessagesMax: 1 });
      threads.outside.tell(address, { kind: "fills it" });
      return address;
    },
  ],
  [
    "lane-full",
    (threads) => {
      threads.answer = (record) => (record.kind === "mail" ? "lane-full" : "ok");
      return threads.open(1).address;
    },
  ],
  [
    "thread-dead",
    (threads) => {
      const { address } = threads.open(1);
      threads.routing.markDead(1);
      return address;
    },
  ],
  [
    "shut-down",
    (threads) => {
      const { address, context } = threads.open(0, {});
      context.perform(
        "slow",
        () => new Promise(() => undefined),
        () => ({ kind: "done" }),
      );
      const { outside } = threads;
      outside.perform(
        "slow",
        () => new Promise(() => undefined),
        () => ({ kind: "done" }),
      );
      threads.kernel().shutDown();
      return address;
    },
  ],
];

/** What becomes of a life while mail to it is on its way from another thread. */
const late: readonly (readonly [DropReason, (threads: Threads) => AnyAddress, Finish])[] = [
  ["vacant", (threads) => threads.open(1).address, (threads, to) => threads.kernel(1).stop(to)],
  [
    "stale-incarnation",
    (threads) => threads.open(1).address,
    (threads, to) => {
      threads.kernel(1).stop(to);
      while (threads.open(1).address.slot !== to.slot);
    },
  ],
  [
    "tombstone",
    (threads) => {
      const { address, context } = threads.open(1);
      const never = () => new Promise(() => undefined);
      context.perform("slow", never, () => ({ kind: "done" }));
      return address;
    },
    (threads, to) => threads.kernel(1).stop(to),
  ],
  [
    "mailbox-full",
    (threads) => {
      const { address } = threads.open(1, {}, { mailboxMessagesMax: 1 });
      threads.outside.tell(address, { kind: "fills it" });
      return address;
    },
    () => undefined,
  ],
];
type Finish = (threads: Threads, to: AnyAddress) => void;

test.each(late)("mail on its way is dropped by the owner as %s", (reason, open, finish) => {
  const threads = new Threads({ threads: 2, slots: 4 });
  const { outside } = threads;
  const address = open(threads);
  expect(outside.tryTell(address as never, { kind: "late" })).toBe("ok");
  finish(threads, address);
  threads.run();
  expect(threads.dropped(reason)).toBe(1);
  expect(threads.letters.at(-1)).toEqual({
    reason,
    to: address,
    from: outside.self,
    message: { kind: "late" },
  });
  threads.expectBalanced();
});

describe.each(losses)("mail lost as %s", (reason, makeLoss) => {
  test("is counted once under that reason, and is a dead letter", () => {
    const threads = new Threads({ threads: 2, slots: 4 });
    const { outside } = threads;
    const address = makeLoss(threads);
    const before = threads.dropped(reason);
    expect(outside.tryTell(address as never, { kind: "lost" })).toBe(reason);
    expect(threads.dropped(reason)).toBe(before + 1);
    expect(threads.letters.at(-1)).toEqual({
      reason,
      to: address,
      from: outside.self,
      message: { kind: "lost" },
    });
    threads.run();
    threads.expectBalanced();
  });

  test("gives its payload back", () => {
    const threads = new Threads({ threads: 2, slots: 4 });
    const payload = threads.outside.allocatePayload(100);
    const address = makeLoss(threads);
    threads.outside.tell(address as never, { kind: "lost" }, payload && { payload });
    expect(threads.payloads.openBlocks).toBe(0);
    expect(payload?.isReleased).toBe(true);
  });

  test("answers the ask that it was, once", () => {
    const threads = new Threads({ threads: 2, slots: 4 });
    const asker = threads.open(0);
    const outcomes: AskOutcome<unknown>[] = [];
    const address = makeLoss(threads);
    const message = { kind: "ask" };
    asker.context.askThen(address as never, message, { timeoutMs: 50 }, (outcome) =>
      outcomes.push(outcome),
    );
    threads.run();
    threads.advance(100);
    // A system that shuts down has no more askers: theirs are aborted before.
    const expected = reason === "shut-down" ? "aborted" : reason;
    expect(outcomes.map((outcome) => outcome.kind === "failed" && outcome.reason)).toEqual([
      expected,
    ]);
  });
});

describe("mail that the carrier could not bring after all", () => {
  test("is counted, gives its payload back and answers its ask", () => {
    const threads = new Threads({ threads: 2 });
    const { address } = threads.open(1);
    const outcomes: AskOutcome<unknown>[] = [];
    const payload = threads.outside.allocatePayload(10);
    const options = { timeoutMs: 50, ...(payload && { payload }) };
    threads.outside.askThen(address, { kind: "x" }, options, (outcome) => outcomes.push(outcome));
    expect(threads.payloads.openBlocks).toBe(1);
    threads.lose(1, "thread-dead");
    expect(outcomes).toMatchObject([{ kind: "failed", reason: "thread-dead" }]);
    expect(threads.payloads.openBlocks).toBe(0);
    expect(threads.dropped("thread-dead")).toBe(1);
    threads.expectClean();
  });
});

describe("the owner decides", () => {
  test("what arrives for an earlier life never reaches a later one in the same slot", () => {
    const threads = new Threads({ threads: 2, slots: 1 });
    const first = threads.recorder(1);
    const sender = threads.open(0);
    sender.context.tell(first.address, { kind: "for the first" });
    const ask: AskOutcome<unknown>[] = [];
    sender.context.askThen(first.address, { kind: "ask" }, { timeoutMs: 9 }, (o) => ask.push(o));
    first.context.stopSelf();
    const second = threads.recorder(1);
    expect(second.address.slot).toBe(first.address.slot);
    threads.run();
    expect(second.seen).toEqual([]);
    expect(threads.dropped("stale-incarnation")).toBe(2);
    expect(ask).toMatchObject([{ reason: "stale-incarnation" }]);
    threads.expectClean();
  });

  test("a full mailbox refuses what the routing table let pass, and own mail still comes in", () => {
    const threads = new Threads({ threads: 2 });
    const receiver = threads.recorder(1, { mailboxMessagesMax: 2 });
    for (let i = 0; i < 5; i += 1) threads.outside.tell(receiver.address, { kind: "user" });
    receiver.context.setTimer("t", 0, { kind: "own" });
    threads.carry();
    threads.advance(0);
    expect(receiver.kinds()).toEqual(["user", "user", "own"]);
    expect(threads.dropped("mailbox-full")).toBe(3);
    threads.expectClean();
  });
});

describe("a full lane", () => {
  test("pauses the sender until it has drained: mail to it waits", () => {
    const threads = new Threads({ threads: 3 });
    threads.answer = (_, to) => (to === 1 ? "paused" : "ok");
    const far = threads.recorder(1);
    const kinds: string[] = [];
    const sender = threads.open(0, {
      receive: (message) => {
        kinds.push(message.kind);
        if (message.kind === "go") sender.context.tell(far.address, { kind: "far" });
      },
    });
    for (const kind of ["go", "next"]) threads.outside.tell(sender.address, { kind });
    threads.run();
    expect(kinds).toEqual(["go"]);
    expect(far.kinds()).toEqual(["far"]);
    threads.kernel().laneDrained(2);
    threads.run();
    expect(kinds).toEqual(["go"]);
    threads.kernel().laneDrained(1);
    threads.run();
    expect(kinds).toEqual(["go", "next"]);
    threads.expectClean();
  });

  test("pauses who answers into it as well", () => {
    const threads = new Threads({ threads: 2 });
    threads.answer = ({ kind }) => (kind === "reply" ? "paused" : "ok");
    let answered = 0;
    const server = threads.open(1, {
      receive: (_, { reply }) => {
        answered += 1;
        if (reply !== undefined) server.context.reply(reply, answered);
      },
    });
    const outcomes: unknown[] = [];
    for (const kind of ["first", "second"])
      threads.outside.askThen(server.address, { kind }, { timeoutMs: 10 }, (outcome) =>
        outcomes.push(outcome),
      );
    threads.run();
    expect(answered).toBe(1);
    threads.kernel(1).laneDrained(0);
    threads.run();
    expect(outcomes).toEqual([1, 2].map((value) => ({ kind: "reply", value })));
    threads.kernel(1).laneDrained(0);
    threads.expectClean();
  });

  test("a paused sender goes on when the thread that it waited for has died", () => {
    const threads = new Threads({ threads: 2 });
    threads.answer = () => "paused";
    const far = threads.open(1);
    const sender = threads.recorder(0);
    sender.context.tell(far.address, { kind: "far" });
    threads.outside.tell(sender.address, { kind: "waits" });
    threads.run();
    expect(sender.seen).toEqual([]);
    threads.kernel().threadDied(1, undefined);
    threads.run();
    expect(sender.kinds()).toEqual(["waits"]);
  });
});

test("mail counts as sent before it leaves: its thread may be ended in between", () => {
  const threads = new Threads({ threads: 2 });
  let sentThen = 0;
  threads.answer = () => {
    sentThen = threads.counts().sent;
    return "ok";
  };
  threads.outside.tell(threads.open(1).address, { kind: "x" });
  expect(sentThen).toBe(1);
  threads.run();
  threads.expectClean();
});

describe("mail that cannot be encoded", () => {
  const refuse = (record: { readonly kind: string }): "ok" => {
    if (record.kind === "mail") throw new TypeError("not encodable");
    return "ok";
  };

  test("is thrown at its sender, was never sent, and gives its payload back", () => {
    const threads = new Threads({ threads: 2 });
    const { address } = threads.recorder(1);
    threads.answer = refuse;
    const payload = threads.outside.allocatePayload(10);
    const options = payload === undefined ? {} : { payload };
    expect(() => threads.outside.tell(address, { kind: "x" }, options)).toThrow(TypeError);
    expect(threads.counts()).toEqual({ sent: 0, delivered: 0, dropped: 0 });
    threads.expectClean();
  });

  test("rejects the ask that it was, once, and leaves none open", async () => {
    const threads = new Threads({ threads: 2 });
    const { address } = threads.recorder(1);
    threads.answer = refuse;
    const asked = threads.outside.ask(address, { kind: "x" }, { timeoutMs: 10 });
    await expect(asked).rejects.toThrow(TypeError);
    expect(threads.kernel().nextTimerMs()).toBeUndefined();
    threads.expectClean();
  });

  test("as an answer pays nothing: the debt stays and is answered, by another answer or at the end", () => {
    const threads = new Threads({ threads: 2 });
    const outcomes: unknown[] = [];
    const server = threads.open(1, {
      receive: (message, { reply }) => {
        if (reply === undefined) return;
        const first = (): void => server.context.reply(reply, () => 1);
        if (message.kind === "careless") first();
        expect(first).toThrow(TypeError);
        server.context.reply(reply, "plain");
      },
    });
    threads.answer = (record) => {
      if (record.kind === "reply" && typeof record.value === "function") throw new TypeError("no");
      return "ok";
    };
    for (const kind of ["careful", "careless"])
      threads.outside.askThen(server.address, { kind }, { timeoutMs: 9 }, (o) => outcomes.push(o));
    threads.run();
    expect(outcomes).toMatchObject([
      { kind: "reply", value: "plain" },
      { kind: "failed", reason: "error", error: { cause: { name: "TypeError" } } },
    ]);
    threads.expectClean();
  });

  test("as arguments of a spawn is thrown and leaves no call open", () => {
    const threads = new Threads({ threads: 2 });
    threads.answer = () => {
      throw new TypeError("no");
    };
    const child = define("child", () => ({ receive: () => undefined }));
    const spawn = (): void =>
      threads.outside.spawn(child, undefined, { thread: 1 }, () => ({ kind: "born" }));
    expect(spawn).toThrow(TypeError);
    expect(threads.kernel().calls.size).toBe(0);
  });

  test("answers the ask that was to be forwarded", async () => {
    const threads = new Threads({ threads: 3 });
    const { address: last } = threads.recorder(2);
    const middle = threads.open(1, {
      receive: (message, envelope) => middle.context.forward(last, message, envelope),
    });
    const asked = threads.outside.ask(middle.address, { kind: "x" }, { timeoutMs: 10 });
    threads.answer = refuse;
    threads.run();
    await expect(asked).rejects.toMatchObject({ reason: "error" });
  });
});

test("an ask that was forwarded fails when the thread it went to dies", async () => {
  const threads = new Threads({ threads: 3 });
  const { address: last } = threads.recorder(2);
  const middle = threads.open(1, {
    receive: (message, envelope) => middle.context.forward(last, message, envelope),
  });
  const asked = threads.outside.ask(middle.address, { kind: "x" }, { timeoutMs: 10 });
  threads.run();
  threads.kernel().threadDied(1, undefined);
  expect(threads.kernel().nextTimerMs()).toBe(10);
  threads.kernel().threadDied(2, undefined);
  await expect(asked).rejects.toMatchObject({ reason: "thread-dead" });
});
