import { setTimeout as sleep } from "node:timers/promises";
import { ClientError } from "@multiraft/store";
import { expect, test } from "vitest";
import { entriesOf, type Place } from "../workload/places.ts";
import { Foreground } from "./foreground.ts";

const PLACES: readonly Place[] = Array.from({ length: 40 }, (_, id) => ({
  name: `place ${id}`,
  lat: String(id),
  lng: String(-id),
  country: "NO",
  admin1: "",
  admin2: "",
}));
const PAIRS = new Map(
  PLACES.flatMap((place, id) => entriesOf(place, id)).map(({ key, value }) => [key, value]),
);
const PACE = { operationsPerSecond: 500, underWayMax: 100 };

type Client = ConstructorParameters<typeof Foreground>[0];

function clientWith(put: Client["put"]): Client {
  return { get: async (key) => Buffer.from(PAIRS.get(String(key)) ?? []), put };
}

const window = (client: Client, pace = PACE) =>
  new Foreground(client, PLACES, 1, pace).window(
    (samples) => samples >= 20,
    new AbortController().signal,
  );

test("each operation is timed, and nothing is said of a pace that is kept", async () => {
  const { reads, writes, overrun } = await window(clientWith(async () => {}));
  expect(reads.count).toBeGreaterThanOrEqual(20);
  expect(writes).toMatchObject({ count: reads.count, unknown: 0 });
  expect(overrun).toBe(false);
});

test("a write of unknown outcome is among those that are timed, and counted", async () => {
  const unknown = new ClientError("ERR_MULTIRAFT_OUTCOME_UNKNOWN", "the leader is gone");
  let puts = 0;
  const client = clientWith(async () => {
    puts += 1;
    if (puts !== 10) return;
    await sleep(60);
    throw unknown;
  });
  const { writes } = await window(client);
  expect(writes).toMatchObject({ count: puts, unknown: 1 });
  expect(writes.maxMs).toBeGreaterThanOrEqual(59);
});

test("any other failure ends the window", async () => {
  const timeout = new ClientError("ERR_MULTIRAFT_CLIENT_TIMEOUT", "too slow");
  const client = clientWith(() => Promise.reject(timeout));
  await expect(window(client)).rejects.toBe(timeout);
});

test("a pace that cannot be kept is told", async () => {
  const client = clientWith(() => sleep(40));
  const { overrun, writes } = await window(client, { operationsPerSecond: 500, underWayMax: 4 });
  expect(overrun).toBe(true);
  // From when they were due, not from when there was room.
  expect(writes.p99Ms).toBeGreaterThan(80);
});
