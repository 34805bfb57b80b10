import { describe, expect, test } from "vitest";
import { define } from "../../test/kernel-fixture.ts";
import type { Address } from "../actor/address.ts";
import type { ActorContext } from "../actor/context.ts";
import { type Asks, defineActor, type MessageShape } from "../actor/definition.ts";
import type { Envelope } from "../actor/envelope.ts";
import { defineJob } from "../actor/job.ts";
import { assert } from "../assert.ts";
import { ManualSystem, type ManualSystemOptions } from "./manual-system.ts";
import type { Pending } from "./pending.ts";

type CounterMail =
  | { readonly kind: "add"; readonly amount: number }
  | ({ readonly kind: "read" } & Asks<number>)
  | { readonly kind: "break" };

const counter = defineActor<CounterMail, { readonly start: number }>({
  url: import.meta.url,
  name: "counter",
  create: (context, { start }) => {
    let total = start;
    return {
      receive: (message, envelope) => {
        if (message.kind === "add") total += message.amount;
        else if (message.kind === "break") assert(false, "broken on purpose");
        else if (envelope.reply !== undefined) context.reply(envelope.reply, total);
      },
    };
  },
});

function systemWith(hosts: readonly string[], options: Partial<ManualSystemOptions> = {}) {
  const system = new ManualSystem({ seed: 1, ...options });
  for (const host of hosts) system.addHost(host);
  return system;
}

type Note = MessageShape & { readonly value?: unknown };
type Hands = ActorContext<MessageShape>;

/** An actor that writes down what it gets; the test has its hands. */
function recorder(
  system: ManualSystem,
  host = "a",
  onMail: (message: Note, envelope: Envelope, hands: Hands) => void = () => undefined,
) {
  const seen: string[] = [];
  let hands: Hands | undefined;
  const definition = define("recorder", (context) => {
    hands = context;
    return {
      receive: (message, envelope) => {
        seen.push(message.kind);
        onMail(message, envelope, context);
      },
    };
  });
  const address = system.spawn(host, definition, undefined);
  assert(hands !== undefined, "the actor was not created");
  return { address, seen, hands };
}

const isMail = (kind: string) => (pending: Pending) =>
  pending.kind === "mail" && pending.message.kind === kind;

describe("mail", () => {
  test("of one sender is handled in its order, and asks are answered", () => {
    const system = systemWith(["a"]);
    const address = system.spawn("a", counter, { start: 1 });
    system.tell(address, { kind: "add", amount: 2 });
    const read = system.ask(address, { kind: "read" });
    expect(read.outcome).toBe(undefined);
    system.settle();
    expect(read.outcome).toEqual({ kind: "reply", value: 3 });
    expect(system.counters()).toMatchObject({ sent: 2, delivered: 2, inFlight: 0 });
  });

  test("is copied on its way: sender and receiver share nothing", () => {
    const system = systemWith(["a"]);
    const values: unknown[] = [];
    const receiver = recorder(system, "a", (message) => values.push(message.value));
    const value = { list: [1] };
    system.tell(receiver.address, { kind: "x", value } as MessageShape);
    value.list.push(2);
    system.settle();
    expect(values).toEqual([{ list: [1] }]);
  });

  test.each([
    ["a function", { call: () => 1 }],
    ["a class", new (class Point {})()],
    ["a Map", new Map([[1, 2]])],
  ])("with %s in it is refused where it is sent", (_name, value) => {
    const system = systemWith(["a"]);
    const receiver = recorder(system);
    const send = () => system.tell(receiver.address, { kind: "x", value } as MessageShape);
    expect(send).toThrow("plain data");
  });

  test("an undefined member arrives as undefined, an absent one as absent", () => {
    const system = systemWith(["a"]);
    const values: unknown[] = [];
    const receiver = recorder(system, "a", (message) => values.push(Object.keys(message)));
    system.tell(receiver.address, { kind: "x", value: undefined } as MessageShape);
    system.tell(receiver.address, { kind: "x" });
    system.settle();
    expect(values).toEqual([["kind", "value"], ["kind"]]);
  });

  test("takes its payload along, between hosts too", () => {
    const system = systemWith(["a", "b"]);
    const sizes: unknown[] = [];
    const last = recorder(system, "b", (_, envelope) => sizes.push(envelope.payload?.bytes[0]));
    const first = recorder(system, "a", (message, envelope, hands) =>
      hands.forward(last.address, message, envelope),
    );
    const payload = system.allocatePayload(10);
    payload.bytes[0] = 77;
    system.tell(first.address, { kind: "x" }, { payload });
    system.settle();
    expect(sizes).toEqual([77]);
    expect(system.openThings().filter((thing) => thing.includes("payload"))).toEqual([]);
  });
});

describe("what an actor throws", () => {
  test("if it is a broken invariant, is thrown by settle", () => {
    const system = systemWith(["a"]);
    const address = system.spawn("a", counter, { start: 1 });
    system.tell(address, { kind: "break" });
    expect(() => system.settle()).toThrow("broken on purpose");
    expect(system.endOf(address)).toMatchObject({ kind: "threw" });
    expect(system.failures).toHaveLength(1);
  });

  test("if it is anything else, ends the actor and is noted", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system, "a", () => {
      throw new Error("ordinary");
    });
    system.tell(actor.address, { kind: "x" });
    system.settle();
    expect(system.thrown).toMatchObject([
      { address: actor.address, error: { message: "ordinary" } },
    ]);
    expect(system.isAlive(actor.address)).toBe(false);
  });

  test("in create is thrown by spawn", () => {
    const bad = define("bad", () => {
      throw new Error("cannot be");
    });
    expect(() => systemWith(["a"]).spawn("a", bad, undefined)).toThrow("cannot be");
  });
});

describe("a hold", () => {
  test("keeps what matches on its way while others overtake", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system);
    const hold = system.hold(isMail("slow"));
    for (const kind of ["slow", "fast", "slow"]) system.tell(actor.address, { kind });
    system.settle();
    expect(actor.seen).toEqual(["fast"]);
    expect(hold.held).toMatchObject([{ at: "way", actor: "recorder" }, { at: "way" }]);
    expect(system.counters().inFlight).toBe(2);
    hold.release();
    system.tell(actor.address, { kind: "slow" });
    system.settle();
    expect(actor.seen).toEqual(["fast", "slow", "slow", "slow"]);
  });

  test("releases by a filter and goes on holding", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system);
    const hold = system.hold((pending) => pending.kind === "mail");
    for (const kind of ["one", "two"]) system.tell(actor.address, { kind });
    hold.release(isMail("two"));
    system.tell(actor.address, { kind: "three" });
    system.settle();
    expect(actor.seen).toEqual(["two"]);
    expect(hold.held.map((pending) => pending.kind === "mail" && pending.message.kind)).toEqual([
      "one",
      "three",
    ]);
  });

  test("takes what lies in mailboxes already, and gives it back there", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system);
    for (const kind of ["one", "two"]) system.tell(actor.address, { kind });
    const hold = system.hold(isMail("one"));
    expect(hold.held).toMatchObject([{ at: "mailbox" }]);
    system.settle();
    hold.release();
    system.settle();
    expect(actor.seen).toEqual(["two", "one"]);
  });

  test("releases mail to a life that has ended as a drop, whoever has its slot now", () => {
    const system = systemWith(["a"], { slotsPerHost: 1 });
    const first = recorder(system);
    const hold = system.hold(isMail("late"));
    system.tell(first.address, { kind: "late" });
    const asked = system.ask(first.address, { kind: "late" } as never);
    system.stop(first.address);
    const second = recorder(system);
    expect(second.address.slot).toBe(first.address.slot);
    hold.release();
    system.settle();
    expect(second.seen).toEqual([]);
    expect(system.counters().dropped["stale-incarnation"]).toBe(2);
    expect(asked.outcome).toMatchObject({ reason: "stale-incarnation" });
    expect(system.deadLetters).toHaveLength(2);
  });

  test("can lose its mail: it is counted, answered and gives its payload back", () => {
    const system = systemWith(["a", "b"]);
    const actor = recorder(system);
    const hold = system.hold(isMail("x"));
    const payload = system.allocatePayload(3);
    const asked = system.ask(actor.address, { kind: "x" } as never, { payload });
    expect(hold.drop()).toBe(1);
    system.settle();
    expect(asked.outcome).toMatchObject({ reason: "lane-full" });
    expect(system.counters().dropped["lane-full"]).toBe(1);
    system.shutDown();
    expect(system.openThings()).toEqual([]);
  });

  test("holds system mail: replies, stops, spawns", () => {
    const system = systemWith(["a"]);
    const address = system.spawn("a", counter, { start: 4 });
    const hold = system.hold((pending) => pending.kind === "signal");
    const read = system.ask(address, { kind: "read" });
    system.stop(address);
    system.settle();
    expect(hold.held.map((pending) => pending.kind === "signal" && pending.signal)).toEqual([
      "stop",
      "reply",
    ]);
    expect([read.outcome, system.isAlive(address)]).toEqual([undefined, true]);
    hold.release();
    expect(read.outcome).toEqual({ kind: "reply", value: 4 });
    expect(system.isAlive(address)).toBe(false);
  });
});

const double = defineJob<number, number>({
  url: import.meta.url,
  name: "double",
  run: (_environment, value) => value * 2,
});

const release = defineJob<string, string>({
  url: import.meta.url,
  name: "build",
  run: ({ disk }, name) => {
    disk.open(name, "create").close();
    return name;
  },
  release: ({ disk }, name) => disk.removeFile(name),
});

describe("steps", () => {
  test("of a job are its start and its reply, each of which can be held", () => {
    const system = systemWith(["a"]);
    const results: unknown[] = [];
    const actor = recorder(system, "a", (message, _, hands) => {
      if (message.kind === "go")
        hands.job(double, 21, (outcome) => ({ kind: "done", outcome }) as MessageShape);
      else results.push((message as { outcome?: unknown }).outcome);
    });
    const starts = system.hold((pending) => pending.kind === "job-start");
    const replies = system.hold((pending) => pending.kind === "job-reply");
    system.tell(actor.address, { kind: "go" });
    system.settle();
    expect(starts.held).toMatchObject([{ name: "double", args: 21, to: actor.address }]);
    starts.release();
    system.settle();
    expect(replies.held).toMatchObject([{ outcome: { kind: "done", value: 42 } }]);
    replies.release();
    system.settle();
    expect(results).toEqual([{ kind: "done", value: 42 }]);
  });

  test("a job works on the disk of its host, and its result is released when its life has gone", () => {
    const system = new ManualSystem({ seed: 1 });
    const disk = system.addHost("a");
    const actor = recorder(system, "a", (_, __, hands) => {
      hands.job(release, "/built", () => ({ kind: "done" }));
    });
    const replies = system.hold((pending) => pending.kind === "job-reply");
    system.tell(actor.address, { kind: "go" });
    system.settle();
    expect(disk.exists("/built")).toBe(true);
    system.stop(actor.address);
    system.settle();
    expect(system.isAlive(actor.address)).toBe(true);
    replies.release();
    system.settle();
    expect(disk.exists("/built")).toBe(false);
    expect(system.isAlive(actor.address)).toBe(false);
    expect(actor.seen).toEqual(["go"]);
  });

  test("of a performed operation are its start and its reply; a promise is refused", () => {
    const system = systemWith(["a"]);
    const log: string[] = [];
    const actor = recorder(system, "a", (message, _, hands) => {
      if (message.kind === "go")
        hands.perform(
          "now",
          () => log.push("performed"),
          () => ({ kind: "done" }),
        );
      if (message.kind === "promise")
        hands.perform(
          "later",
          () => Promise.resolve(1),
          () => ({ kind: "done" }),
        );
    });
    const starts = system.hold((pending) => pending.kind === "perform-start");
    system.tell(actor.address, { kind: "go" });
    system.settle();
    expect(log).toEqual([]);
    starts.release();
    system.settle();
    expect([log, actor.seen]).toEqual([["performed"], ["go", "done"]]);
    system.tell(actor.address, { kind: "promise" });
    expect(() => system.settle()).toThrow("later must return its result");
  });

  test("of a turn end come after the mail that was queued, and can be held", () => {
    const system = systemWith(["a"]);
    const log: string[] = [];
    const batcher = define("batcher", () => ({
      receive: (message) => void log.push(message.kind),
      turnEnd: () => log.push("turn end"),
    }));
    const address = system.spawn("a", batcher, undefined);
    for (const kind of ["one", "two"]) system.tell(address, { kind });
    system.settle();
    expect(log).toEqual(["one", "two", "turn end"]);
    const hold = system.hold((pending) => pending.kind === "turn-end");
    for (const kind of ["three", "four"]) {
      system.tell(address, { kind });
      system.settle();
    }
    expect(log.slice(3)).toEqual(["three", "four"]);
    hold.release();
    system.settle();
    expect(log.slice(5)).toEqual(["turn end"]);
  });

  test("can be taken one by one, in any order that keeps that of each pair", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system);
    const others = ["x", "y"].map((name) =>
      recorder(system, "a", (_, __, hands) => {
        for (const kind of [`${name}1`, `${name}2`]) hands.tell(actor.address, { kind });
      }),
    );
    for (const other of others) system.tell(other.address, { kind: "go" });
    expect(system.step()).toBe(true);
    expect(system.step()).toBe(true);
    const [first, second, ...rest] = system.pending();
    expect(
      [first, second].map((pending) => pending?.kind === "mail" && pending.message.kind),
    ).toEqual(["x1", "y1"]);
    expect(rest).toEqual([]);
    if (second !== undefined) system.run(second);
    expect(() => second && system.run(second)).toThrow("not pending");
    system.settle();
    expect(actor.seen).toEqual(["y1", "x1", "x2", "y2"]);
    expect(system.step()).toBe(false);
  });

  test("drawn from a seed are the same for the same seed, and differ between seeds", () => {
    const run = (seed: number): string => {
      const system = systemWith(["a"], { seed, order: "random" });
      const actor = recorder(system);
      for (let i = 0; i < 4; i += 1) {
        const other = recorder(system, "a", (_, __, hands) => {
          for (const kind of [`${i}a`, `${i}b`]) hands.tell(actor.address, { kind });
        });
        system.tell(other.address, { kind: "go" });
      }
      system.settle();
      for (let i = 0; i < 4; i += 1)
        expect(actor.seen.indexOf(`${i}a`)).toBeLessThan(actor.seen.indexOf(`${i}b`));
      return actor.seen.join(" ");
    };
    expect(run(5)).toBe(run(5));
    const orders = new Set([1, 2, 3, 4, 5, 6].map(run));
    expect(orders.size).toBeGreaterThan(3);
  });

  test("without end are an error that says who is busy", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system, "a", (message, _, hands) =>
      hands.tell(hands.self as Address<MessageShape>, message),
    );
    system.tell(actor.address, { kind: "loop" });
    expect(() => system.settle(500)).toThrow(
      /not settled after 500 steps: mail loop to a\/recorder/,
    );
  });
});

describe("time", () => {
  test("stands still in settle, and moves by exactly what is said", () => {
    const system = systemWith(["a"]);
    const times: number[] = [];
    const actor = recorder(system, "a", (message, _, hands) => {
      times.push(hands.environment.clock.nowMs());
      if (message.kind === "go")
        for (const at of [30, 10, 20]) hands.setTimer(`${at}`, at, { kind: "tick" });
      if (message.kind === "tick" && times.length === 2)
        hands.setTimer("more", 5, { kind: "more" });
    });
    system.tell(actor.address, { kind: "go" });
    system.settle();
    expect(times).toEqual([0]);
    expect(system.nextTimerMs()).toBe(10);
    system.advance(25);
    expect(times).toEqual([0, 10, 15, 20]);
    expect(system.clock.nowMs()).toBe(25);
    system.advance(5);
    expect(times).toEqual([0, 10, 15, 20, 30]);
  });

  test("that cannot go on because of timers without delay is an error", () => {
    const system = systemWith(["a"]);
    const actor = recorder(system, "a", (_, __, hands) => hands.setTimer("t", 0, { kind: "tick" }));
    system.tell(actor.address, { kind: "go" });
    expect(() => system.advance(1)).toThrow("time stands still");
  });

  test("ends asks that nobody answers", () => {
    const system = systemWith(["a"]);
    const silent = recorder(system);
    const asked = system.ask(silent.address, { kind: "x" } as never, { timeoutMs: 100 });
    system.advance(99);
    expect(asked.outcome).toBe(undefined);
    system.advance(1);
    expect(asked.outcome).toMatchObject({ reason: "timeout" });
  });
});

describe("a crash of a host", () => {
  test("ends its actors without a word, its jobs never reply, mail to it is thread-dead", () => {
    const system = systemWith(["a", "b"]);
    const stopped: string[] = [];
    const definition = define("mortal", (context) => {
      context.lease.hold("resource", () => stopped.push("released"));
      return {
        receive: () => context.job(double, 1, () => ({ kind: "done" })),
        stopped: () => stopped.push("stopped"),
      };
    });
    const mortal = system.spawn("a", definition, undefined);
    const terminations: unknown[] = [];
    const watcher = recorder(system, "b", (message, _, hands) => {
      if (message.kind === "watch")
        hands.watch(mortal, (termination) => ({ kind: "end", termination }) as MessageShape);
      else terminations.push((message as { termination?: unknown }).termination);
    });
    system.tell(watcher.address, { kind: "watch" });
    system.tell(mortal, { kind: "go" });
    const jobs = system.hold((pending) => pending.kind === "job-reply");
    system.settle();
    const asked = system.ask(mortal, { kind: "x" } as never);
    const payload = system.allocatePayload(5);
    system.tell(mortal, { kind: "lost" }, { payload });
    system.crashHost("a");
    system.settle();
    expect(asked.outcome).toMatchObject({ reason: "thread-dead" });
    expect(terminations).toMatchObject([{ kind: "thread-dead" }]);
    expect(jobs.held).toEqual([]);
    expect(stopped).toEqual([]);
    expect(system.tell(mortal, { kind: "late" })).toBe("thread-dead");
    expect(system.counters()).toMatchObject({ dropped: { "thread-dead": 3 }, inFlight: 0 });
    system.shutDown();
    expect(system.openThings()).toEqual([]);
  });

  test("loses what its disk had not synced; it starts again with the rest, under new addresses", () => {
    const system = new ManualSystem({ seed: 1 });
    const disk = system.addHost("a");
    const before = recorder(system);
    disk.replaceFile("/kept", new Uint8Array([1]));
    disk.open("/lost", "create").writeAt(new Uint8Array([2]), 0);
    system.crashHost("a");
    expect(() => recorder(system)).toThrow("no living host a");
    expect(system.restartHost("a")).toBe(disk);
    expect([disk.exists("/kept"), disk.exists("/lost")]).toEqual([true, false]);
    const after = recorder(system);
    expect(after.address).not.toEqual(before.address);
    system.tell(before.address, { kind: "x" });
    system.settle();
    expect(after.seen).toEqual([]);
  });

  test("does not take back what it had sent; what is held on the way to it is lost on release", () => {
    const system = systemWith(["a", "b"]);
    const receiver = recorder(system, "b");
    const sender = recorder(system, "a", (_, __, hands) =>
      hands.tell(receiver.address, { kind: "sent" }),
    );
    const toReceiver = system.hold(isMail("sent"));
    const toSender = system.hold(isMail("late"));
    system.tell(sender.address, { kind: "go" });
    system.tell(sender.address, { kind: "late" });
    system.settle();
    system.crashHost("a");
    toReceiver.release();
    toSender.release();
    system.settle();
    expect(receiver.seen).toEqual(["sent"]);
    expect(system.counters().dropped["thread-dead"]).toBe(1);
  });

  test("leaves stray promises of its actors without effect", async () => {
    const system = systemWith(["a", "b"]);
    const receiver = recorder(system, "b");
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = define("slow", (context) => ({
      receive: async () => {
        await gate;
        context.tell(receiver.address, { kind: "from the dead" });
      },
    }));
    system.tell(system.spawn("a", slow, undefined), { kind: "go" });
    await system.settleAsync();
    system.crashHost("a");
    go();
    await system.settleAsync();
    expect(receiver.seen).toEqual([]);
  });
});

test("asynchronous handlers run to their end between the steps of settleAsync", async () => {
  const system = systemWith(["a"]);
  const address = system.spawn("a", counter, { start: 20 });
  const results: number[] = [];
  const client = define("client", (context) => ({
    receive: async () => {
      const read = () =>
        context.ask<CounterMail, number>(address, { kind: "read" }, { timeoutMs: 10 });
      const first = await read();
      const second = await read();
      results.push(first + second);
    },
  }));
  system.tell(system.spawn("a", client, undefined), { kind: "go" });
  await system.settleAsync();
  expect(results).toEqual([40]);
});

test("held mail in a mailbox waits for its actor alone", () => {
  const system = systemWith(["a"]);
  const actor = recorder(system);
  system.holdMail(actor.address, ["snapshot"]);
  for (const kind of ["snapshot", "other"]) system.tell(actor.address, { kind });
  system.settle();
  expect(actor.seen).toEqual(["other"]);
  expect(system.inspect("a")).toMatchObject([{ queued: 1, state: "open", definition: "recorder" }]);
  system.releaseMail(actor.address);
  system.settle();
  expect(actor.seen).toEqual(["other", "snapshot"]);
});

test("what is open is named, and nothing is after the shutdown", () => {
  const system = systemWith(["a"]);
  const actor = recorder(system);
  actor.hands.lease.hold("tablet", () => undefined);
  actor.hands.setTimer("t", 10, { kind: "tick" });
  expect(system.openThings()).toEqual(["a: recorder 4096.1 is open, holds tablet, timer t"]);
  system.shutDown();
  expect(system.openThings()).toEqual([]);
  expect(system.endOf(actor.address)).toEqual({ kind: "shut-down" });
});
