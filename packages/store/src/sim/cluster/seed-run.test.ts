import { afterEach, expect, test, vi } from "vitest";
import { Client } from "../../client/client.ts";
import { ClientError } from "../../client/client-error.ts";
import { PROFILES } from "./profile.ts";
import { wholeSchedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";

/** A fraction of a seed of a campaign, so that every profile is run each time. */
const STEPS = 2_000;

test.each(PROFILES.map(({ name }) => name))("a seed of %s keeps every promise", async (name) => {
  const { violation, history, steps } = await new SeedRun(wholeSchedule(12, name, STEPS)).run();
  expect(violation).toBeUndefined();
  expect(steps).toBeGreaterThan(STEPS);
  expect(history.length).toBeGreaterThan(20);
});

test("a seed run twice is the same run, and another seed is another", async () => {
  const run = async (seed: number) =>
    (await new SeedRun(wholeSchedule(seed, "storm", STEPS)).run()).hash;
  const first = await run(21);
  expect(await run(21)).toBe(first);
  expect(await run(22)).not.toBe(first);
});

const OPERATIONS = ["getText", "put", "delete", "compareAndSwap"] as const;
const unharmed = OPERATIONS.map(
  (name) => Client.prototype[name] as (...args: unknown[]) => unknown,
);

/** Every operation is done, and then ends for its client with what `fail` makes. */
function spoilClients(fail: () => Error): void {
  for (const [place, name] of OPERATIONS.entries())
    vi.spyOn(Client.prototype, name).mockImplementation(async function (
      this: Client,
      ...args: unknown[]
    ) {
      await unharmed[place]?.apply(this, args);
      throw fail();
    } as never);
}
afterEach(() => vi.restoreAllMocks());

test("a cluster that answers nobody does not come to rest", async () => {
  spoilClients(() => new ClientError("ERR_MULTIRAFT_CLIENT_TIMEOUT", "no answer"));
  const options = { restTicksMax: 120 };
  const { violation } = await new SeedRun(wholeSchedule(12, "calm", 100), options).run();
  expect(violation).toMatchObject({ oracle: "comes-to-rest", what: "clients get no answers" });
});

test("what a client throws that is no answer is a violation of its seed", async () => {
  spoilClients(() => new TypeError("a mistake of the client"));
  const { violation } = await new SeedRun(wholeSchedule(12, "calm", 100)).run();
  expect(violation?.oracle).toBe("client-errors");
  expect(violation?.what).toMatch(/of .: TypeError: a mistake of the client/);
});
