import { expect, test } from "vitest";
import type { Address } from "../actor/address.ts";
import { defineActor } from "../actor/definition.ts";
import { ManualSystem } from "./manual-system.ts";

const SIZES = { laneBytes: 1_024, arenaBytes: 1_024 * 1_024, overflowBytesMax: 1_024 };

type Mail =
  | { readonly kind: "send"; readonly to: Address<Mail>; readonly count: number }
  | { readonly kind: "text"; readonly n: number; readonly text: string };

const node = defineActor<Mail, { readonly name: string }>({
  url: import.meta.url,
  name: "node",
  create: (context, { name }) => ({
    receive: (mail) => {
      if (mail.kind === "text") heard.push(`${name} ${mail.n}`);
      else
        for (let n = 0; n < mail.count; n += 1) {
          const payload = n % 2 === 0 ? undefined : context.allocatePayload(2_000);
          const text = { kind: "text", n, text: "x".repeat(60) } as const;
          context.tell(mail.to, text, payload === undefined ? {} : { payload });
        }
    },
  }),
});

let heard: string[] = [];

function world(seed = 1, order: "oldest" | "random" = "oldest") {
  heard = [];
  const system = new ManualSystem({ seed, order });
  system.addHost("a", { lanes: SIZES });
  system.addThread("a", "a/1");
  const [first, second] = ["a", "a/1"].map((name) => system.spawn(name, node, { name })) as [
    Address<Mail>,
    Address<Mail>,
  ];
  return { system, first, second };
}

const pendingKinds = (system: ManualSystem) => system.pending().map(({ kind }) => kind);

test("what a thread has written is seen when it publishes, and taken in when the other drains", () => {
  const { system, first, second } = world();
  system.tell(first, { kind: "send", to: second, count: 2 });
  system.step();
  expect(pendingKinds(system)).toEqual(["publish"]);
  system.step();
  expect(pendingKinds(system)).toEqual(["drain"]);
  system.step();
  // What is large for the lane came in a slab, which goes home.
  expect(pendingKinds(system).sort()).toEqual(["mail", "publish"]);
  system.settle();
  expect(heard).toEqual(["a/1 0", "a/1 1"]);
});

test.each([1, 2, 3, 4, 5, 6])(
  "mail beyond a full lane waits, in its order, and no slab is left: seed %i",
  (seed) => {
    const { system, first, second } = world(seed, "random");
    system.tell(first, { kind: "send", to: second, count: 12 });
    system.tell(second, { kind: "send", to: first, count: 12 });
    system.settle();
    for (const name of ["a", "a/1"])
      expect(heard.filter((one) => one.startsWith(`${name} `))).toEqual(
        Array.from({ length: 12 }, (_, n) => `${name} ${n}`),
      );
    system.shutDown();
    expect(system.openThings()).toEqual([]);
  },
);

test("what finds no room anywhere is dropped as lane-full, and counted", () => {
  const { system, first, second } = world();
  system.tell(first, { kind: "send", to: second, count: 60 });
  system.settle();
  const { dropped, sent, delivered, inFlight } = system.counters();
  expect(dropped["lane-full"]).toBeGreaterThan(0);
  expect(sent).toBe(delivered + dropped["lane-full"]);
  expect(inFlight).toBe(0);
});

test("a thread that dies has lost what it had not published, not what it had", () => {
  const { system, first, second } = world();
  system.tell(first, { kind: "send", to: second, count: 1 });
  system.step();
  system.tell(second, { kind: "send", to: first, count: 1 });
  const written = system.pending().find(({ kind, thread }) => kind === "mail" && thread === "a/1");
  if (written === undefined) throw new Error("nothing to send");
  system.run(written);
  system.killThread("a/1");
  system.settle();
  // Its own was never seen, and what was for it went with it.
  expect(heard).toEqual([]);
  expect(system.counters().dropped["thread-dead"]).toBe(2);
  expect(system.tell(second, { kind: "text", n: 1, text: "" })).toBe("thread-dead");
});

test("what a dead thread had published arrives, and another takes its place", () => {
  const { system, first, second } = world();
  system.tell(second, { kind: "send", to: first, count: 2 });
  system.step();
  system.step();
  system.killThread("a/1");
  system.settle();
  expect(heard).toEqual(["a 0", "a 1"]);
  system.addThread("a", "a/1");
  const again = system.spawn("a/1", node, { name: "a/1" });
  system.tell(first, { kind: "send", to: again, count: 1 });
  system.settle();
  expect(heard).toEqual(["a 0", "a 1", "a/1 0"]);
  system.shutDown();
  expect(system.openThings()).toEqual([]);
});

test("a host that crashes loses all its threads, and what was between them", () => {
  const { system, first, second } = world();
  system.tell(first, { kind: "send", to: second, count: 3 });
  system.step();
  system.crashHost("a");
  system.settle();
  expect(heard).toEqual([]);
  expect(system.counters().dropped["thread-dead"]).toBe(3);
  system.restartHost("a");
  system.addThread("a", "a/1");
  expect(system.openThings()).toEqual([]);
});

type Order =
  | { readonly kind: "spawn-on"; readonly thread: number }
  | { readonly kind: "born"; readonly outcome: string };

const spawner = defineActor<Order, undefined>({
  url: import.meta.url,
  name: "spawner",
  create: (context) => ({
    receive: (order) => {
      if (order.kind === "born") heard.push(order.outcome);
      else
        context.spawn(node, { name: "child" }, { thread: order.thread }, ({ kind }) => {
          return { kind: "born", outcome: kind };
        });
    },
  }),
});

test("a spawn on a thread that has died fails at once, as mail to it does", () => {
  heard = [];
  const system = new ManualSystem({ seed: 1, order: "oldest" });
  system.addHost("a", { lanes: SIZES });
  const thread = system.addThread("a", "a/1");
  const parent = system.spawn("a", spawner, undefined);
  const order: Order = { kind: "spawn-on", thread };
  system.tell(parent, order);
  system.settle();
  system.killThread("a/1");
  system.tell(parent, order);
  system.step();
  // Nothing was written, so nothing is to be published.
  expect(pendingKinds(system)).toEqual(["mail"]);
  system.settle();
  expect(heard).toEqual(["spawned", "failed"]);
});
