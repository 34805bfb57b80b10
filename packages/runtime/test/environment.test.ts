import { ActorSystem, type ActorSystemOptions } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { lookActor } from "./fixture/world.mjs";

const environment = {
  url: new URL("./fixture/world.mjs", import.meta.url).href,
  name: "standStill",
};

async function look(options: ActorSystemOptions) {
  const system = await ActorSystem.start({ ...options, threads: 2 });
  try {
    const address = await system.spawn(lookActor, undefined, { thread: 1 });
    return await system.ask(address, { kind: "look" }, { timeoutMs: 60_000 });
  } finally {
    await system.close();
  }
}

test("actors and jobs get the environment that the user has named", async () => {
  const { wallMs, jobWallMs } = await look({ environment });
  expect([wallMs, jobWallMs]).toEqual([86_400_001, 86_401_000]);
});

test("the seed decides what actors draw", async () => {
  const [first, again, other] = [
    await look({ seed: 1 }),
    await look({ seed: 1 }),
    await look({ seed: 2 }),
  ];
  expect(again.drawn).toBe(first.drawn);
  expect(other.drawn).not.toBe(first.drawn);
});
