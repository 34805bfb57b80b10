import { describe, expect, test } from "vitest";
import { define } from "../../test/kernel-fixture.ts";
import { counter, recorder, systemWith } from "../../test/manual-fixture.ts";
import type { MessageShape } from "../actor/definition.ts";

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

test("asynchronous handlers run to their end between the steps of settleAsync", async () => {
  const system = systemWith(["a"]);
  const address = system.spawn("a", counter, { start: 20 });
  const results: number[] = [];
  const client = define("client", (context) => ({
    receive: async () => {
      const read = () => context.ask(address, { kind: "read" }, { timeoutMs: 10 });
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
