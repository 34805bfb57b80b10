import { describe, expect, test } from "vitest";
import { define } from "../../test/kernel-fixture.ts";
import { counter, double, isMail, recorder, systemWith } from "../../test/manual-fixture.ts";
import type { Address } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import { defineJob } from "../actor/job.ts";
import { ManualSystem } from "./manual-system.ts";

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

test("an order can be chosen by the test, step by step", () => {
  const system = systemWith(["a"], {
    order: (enabled) => enabled.at(-1) ?? expect.unreachable(),
  });
  const seen: string[] = [];
  for (const name of ["a", "b", "c"]) {
    const actor = recorder(system, "a", () => seen.push(name));
    system.tell(actor.address, { kind: "x" });
  }
  system.settle();
  expect(seen).toEqual(["c", "b", "a"]);
});

describe("the fingerprint", () => {
  function run(seed: number): string {
    const system = systemWith(["a"], { seed, order: "random" });
    const actors = [0, 1, 2].map(() => recorder(system));
    for (const actor of actors) for (const kind of ["x", "y"]) system.tell(actor.address, { kind });
    system.advance(10);
    return system.fingerprint;
  }

  test("is equal for equal runs and differs between orders", () => {
    expect(run(1)).toBe(run(1));
    expect(new Set([1, 2, 3, 4].map(run)).size).toBeGreaterThan(1);
  });
});
