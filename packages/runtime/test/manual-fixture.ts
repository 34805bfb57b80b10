// Hosts, a counter and actors that write down what they get: the cast of the manual platform's tests.
import type { ActorContext } from "../src/actor/context.ts";
import { type Asks, defineActor, type MessageShape } from "../src/actor/definition.ts";
import type { Envelope } from "../src/actor/envelope.ts";
import { defineJob } from "../src/actor/job.ts";
import { assert } from "../src/assert.ts";
import { ManualSystem, type ManualSystemOptions } from "../src/sim/manual-system.ts";
import type { Pending } from "../src/sim/pending.ts";
import { define } from "./kernel-fixture.ts";

export type CounterMail =
  | { readonly kind: "add"; readonly amount: number }
  | ({ readonly kind: "read" } & Asks<number>)
  | { readonly kind: "break" };

export const counter = defineActor<CounterMail, { readonly start: number }>({
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

export function systemWith(hosts: readonly string[], options: Partial<ManualSystemOptions> = {}) {
  const system = new ManualSystem({ seed: 1, ...options });
  for (const host of hosts) system.addHost(host);
  return system;
}

export type Note = MessageShape & { readonly value?: unknown };
export type Hands = ActorContext<MessageShape>;

/** An actor that writes down what it gets; the test has its hands. */
export function recorder(
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

export const isMail = (kind: string) => (pending: Pending) =>
  pending.kind === "mail" && pending.message.kind === kind;

export const double = defineJob<number, number>({
  url: import.meta.url,
  name: "double",
  run: (_environment, value) => value * 2,
});
