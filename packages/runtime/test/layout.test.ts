import { ActorSystem } from "@multiraft/runtime";
import { afterEach, expect, test } from "vitest";
import { plainActor, tickActor, tickLayout } from "./fixture/ticks.mjs";

const SOON = { timeoutMs: 60_000 };

let system: ActorSystem;
afterEach(() => system.close());

test.each([
  ["a lane that has room for all", 2 ** 18],
  ["a lane that is full most of the time", 2 ** 12],
])("messages in a layout arrive in order through %s", async (_name, laneBytes) => {
  system = await ActorSystem.start({ threads: 1, laneBytes });
  const address = await system.spawn(tickActor, undefined);
  const value = -3;
  for (let sequence = 1; sequence <= 3_000; sequence += 1)
    system.tell(address, { kind: "tick", sequence, value }, { layout: tickLayout });
  const asked = { kind: "tick", sequence: 3_001, value } as const;
  expect(await system.ask(address, asked, { ...SOON, layout: tickLayout })).toBe(3_001);
  const seen = await system.ask(address, { kind: "seen" }, SOON);
  expect(seen).toEqual({ ticks: 3_001, sum: 3_001 * value, isInOrder: true });
});

test("an actor that does not know the layout gets a kind that it does not know", async () => {
  system = await ActorSystem.start({ threads: 1 });
  const address = await system.spawn(plainActor, undefined);
  const ended = system.watch(address);
  await system.ask(address, { kind: "seen" }, SOON);
  system.tell(address, { kind: "tick", sequence: 1, value: 1 }, { layout: tickLayout });
  expect(await ended).toMatchObject({
    kind: "threw",
    error: { message: "a message of kind unreadable-layout" },
  });
});
