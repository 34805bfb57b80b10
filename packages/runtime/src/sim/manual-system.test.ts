import { describe, expect, test } from "vitest";
import type { Address } from "../actor/address.ts";
import { type Asks, defineActor } from "../actor/definition.ts";
import { defineJob } from "../actor/job.ts";
import type { StopReason, Termination } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import { ManualSystem } from "./manual-system.ts";

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

test("messages of one sender are handled in their order, and asks are answered", () => {
  const system = new ManualSystem({ seed: 1 });
  system.addHost("a");
  const address = system.spawn("a", counter, { start: 1 });
  system.tell(address, { kind: "add", amount: 2 });
  const read = system.ask(address, { kind: "read" });
  expect(read.outcome).toBe(undefined);
  system.settle();
  expect(read.outcome).toEqual({ kind: "reply", value: 3 });
  expect(system.counters()).toMatchObject({ sent: 2, delivered: 2, inFlight: 0 });
});

test("a broken invariant of an actor is thrown by settle", () => {
  const system = new ManualSystem({ seed: 1 });
  system.addHost("a");
  const address = system.spawn("a", counter, { start: 1 });
  system.tell(address, { kind: "break" });
  expect(() => system.settle()).toThrow("broken on purpose");
  expect(system.endOf(address)).toMatchObject({ kind: "threw" });
});

describe("the order of steps", () => {
  test("a held message is overtaken, and released to a life that has ended it is dropped", () => {
    const system = new ManualSystem({ seed: 1 });
    system.addHost("a");
    const address = system.spawn("a", counter, { start: 0 });
    const hold = system.hold((p) => p.kind === "mail" && p.message.kind === "add");
    system.tell(address, { kind: "add", amount: 5 });
    const early = system.ask(address, { kind: "read" });
    system.settle();
    expect(early.outcome).toEqual({ kind: "reply", value: 0 });
    expect(hold.held).toHaveLength(1);
    system.stop(address);
    hold.release();
    system.settle();
    expect(system.counters().dropped).toMatchObject({ vacant: 1 });
  });
});

type ParentMail =
  | { readonly kind: "begin" }
  | { readonly kind: "born"; readonly child: Address<CounterMail> | undefined }
  | { readonly kind: "gone"; readonly termination: Termination }
  | { readonly kind: "result"; readonly value: number }
  | { readonly kind: "tick" };

const double = defineJob<number, number>({
  url: import.meta.url,
  name: "double",
  run: (_environment, value) => value * 2,
});

function parentOf(seen: string[]) {
  return defineActor<ParentMail, undefined>({
    url: import.meta.url,
    name: "parent",
    create: (context) => ({
      receive: (message) => {
        seen.push(message.kind);
        if (message.kind === "begin") {
          context.spawn(counter, { start: 0 }, {}, (outcome) => ({
            kind: "born",
            child: outcome.kind === "spawned" ? outcome.address : undefined,
          }));
          context.setTimer("t", 10, { kind: "tick" });
          context.job(double, 21, (outcome) => ({
            kind: "result",
            value: outcome.kind === "done" ? outcome.value : 0,
          }));
        }
        if (message.kind === "born" && message.child !== undefined) {
          context.watch(message.child, (termination) => ({ kind: "gone", termination }));
          context.stop(message.child);
        }
        if (message.kind === "result") seen.push(String(message.value));
      },
      turnEnd: () => seen.push("end"),
      stopped: (reason: StopReason) => seen.push(`stopped ${reason.kind}`),
    }),
  });
}

test("spawn, watch, stop, job, timer and turn end", () => {
  const seen: string[] = [];
  const system = new ManualSystem({ seed: 1 });
  system.addHost("a");
  const address = system.spawn("a", parentOf(seen), undefined);
  system.tell(address, { kind: "begin" });
  system.settle();
  expect(seen.filter((entry) => entry !== "end")).toEqual([
    "begin",
    "born",
    "gone",
    "result",
    "42",
  ]);
  system.advance(9);
  expect(seen).not.toContain("tick");
  system.advance(1);
  expect(seen).toContain("tick");
  system.stop(address, "drain");
  system.settle();
  expect(seen.at(-1)).toBe("stopped stopped");
  expect(system.openThings()).toEqual([]);
});
