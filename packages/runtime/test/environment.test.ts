import { ActorSystem, type ActorSystemOptions } from "@multiraft/runtime";
import { expect, test, vi } from "vitest";
import { echoActor } from "./fixture/echo.mjs";
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

test("a thread that cannot be replaced is given up, and has no turn when actors are spawned", async () => {
  const system = await ActorSystem.start({
    threads: 2,
    environment: { ...environment, name: "losable" },
  });
  vi.stubEnv("MULTIRAFT_TEST_LOST", "1");
  try {
    const isGivenUp = new Promise<void>((resolve) => {
      system.streams.lifecycle.subscribe(({ kind }) => {
        if (kind === "thread-given-up") resolve();
      });
    });
    await expect(system.killThread(1)).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_THREAD_START",
    });
    await isGivenUp;
    const addresses = [];
    for (let count = 0; count < 4; count += 1)
      addresses.push(await system.spawn(echoActor, undefined));
    for (const address of addresses)
      expect(await system.ask(address, { kind: "where" }, { timeoutMs: 60_000 })).toMatchObject({
        thread: 0,
      });
    await expect(system.spawn(echoActor, undefined, { thread: 1 })).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_THREAD_START",
    });
  } finally {
    vi.unstubAllEnvs();
    await system.close();
  }
});
