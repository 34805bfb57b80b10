// Concurrent writers and readers of a few keys while leaders change: each history is that of a register.

import { Sfc32 } from "@multiraft/runtime";
import type { Client } from "@multiraft/store";
import { TestCluster } from "@multiraft/store/testing";
import { expect, test } from "vitest";
import { checkRegister, type RegisterOperation } from "./register-check.ts";

const KEYS = ["a", "m", "z"];
const CLIENTS = 6;
/** A client goes on until all has been disturbed, and stops here if that never comes to an end. */
const OPERATIONS_PER_CLIENT_MAX = 20_000;

test("histories of a register stay linearizable over splits, partitions and killed stores", async () => {
  await using t = await TestCluster.start();
  await t.cluster.ready();
  const history = new History();
  const clients = Array.from({ length: CLIENTS }, (_, client) => run(t, history, client));
  const done = Promise.all(clients);
  try {
    for (const disturb of disturbances(t)) {
      const before = history.known;
      await disturb();
      const known = async () => history.known;
      await t.settled("clients go on", known, (count) => count > before + 2 * CLIENTS);
    }
  } finally {
    history.isOver = true;
  }
  await done;
  for (const key of KEYS) expect(checkRegister(history.of(key))).toEqual("linearizable");
});

/** One after the other while the clients go on. */
function disturbances(t: TestCluster): (() => Promise<void>)[] {
  return [
    () => t.client.split("m"),
    async () => {
      const leader = await leaderOf(t, "a");
      await t.isolate(leader);
      await t.settled(
        "another leads",
        () => leaderOf(t, "a"),
        (id) => id !== leader,
      );
      await t.heal();
    },
    async () => {
      const leader = await leaderOf(t, "z");
      await t.killStore(leader);
      await t.settled(
        "another leads",
        () => leaderOf(t, "z"),
        (id) => id !== leader,
      );
      await t.restartStore(leader);
    },
  ];
}

async function leaderOf(t: TestCluster, key: string): Promise<number> {
  const region = await t.regionOf(key);
  const route = (await t.client.routes()).find((one) => one.region.id === region);
  const peer = route?.region.peers.find(({ id }) => id === route.leader);
  return peer?.storeId ?? 0;
}

class History {
  isOver = false;
  readonly #operations: (RegisterOperation & { readonly key: string })[] = [];
  #known = 0;
  #time = 0;

  now(): number {
    this.#time += 1;
    return this.#time;
  }

  add(key: string, operation: RegisterOperation): void {
    this.#operations.push({ key, ...operation });
    if (operation.end !== Number.POSITIVE_INFINITY) this.#known += 1;
  }

  of(key: string): RegisterOperation[] {
    return this.#operations.filter((operation) => operation.key === key);
  }

  /** Operations of which the outcome is known. */
  get known(): number {
    return this.#known;
  }
}

async function run(t: TestCluster, history: History, number: number): Promise<void> {
  using client = t.cluster.client();
  const random = new Sfc32(number);
  for (let i = 0; i < OPERATIONS_PER_CLIENT_MAX && !history.isOver; i += 1) {
    const key = KEYS[random.below(KEYS.length)] ?? "";
    if (random.below(2) === 0) await write(client, history, key, `${number}.${i}`);
    else await read(client, history, key);
  }
}

/** A write of unknown outcome may take effect at any time from its beginning on, or never. */
async function write(client: Client, history: History, key: string, value: string): Promise<void> {
  const start = history.now();
  const isKnown = await client.put(key, value, { timeoutMs: 60_000 }).then(
    () => true,
    () => false,
  );
  const end = isKnown ? history.now() : Number.POSITIVE_INFINITY;
  history.add(key, { kind: "write", value, start, end });
}

async function read(client: Client, history: History, key: string): Promise<void> {
  const start = history.now();
  const value = await client.getText(key, { timeoutMs: 60_000 });
  history.add(key, { kind: "read", value, start, end: history.now() });
}
