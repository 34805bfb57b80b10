// A client over a world that stands still: what it waits for is brought about step by step.

import { toStoreId } from "@multiraft/pd/protocol";
import { AskError, Sfc32 } from "@multiraft/runtime";
import type { AskHandle, VirtualClock } from "@multiraft/runtime/testing";
import { Client } from "../src/client/client.ts";
import type { ClientDoor } from "../src/client/client-door.ts";
import type { World } from "../src/sim/world.ts";

type Waiting = { isDone(): boolean };

/** Promises of a client are followed this deep between two steps. */
const MICROTASK_ROUNDS = 50;
const ROUNDS_MAX = 2_000;

export class ManualDoor {
  readonly client: Client;
  readonly door: ClientDoor;
  readonly #world: World;
  #waiting: Waiting[] = [];

  constructor(world: World, stores: readonly number[]) {
    this.#world = world;
    const { clock } = world.system;
    this.door = {
      asker: { ask: (to, message, options) => this.#ask(to, message, options) },
      pd: () => world.pd,
      gatesOf: (id) => (stores.includes(id) ? [world.store(toStoreId(id)).gate] : undefined),
      clock,
      random: new Sfc32(7),
      delay: (delayMs) => this.#delay(delayMs),
    };
    this.client = new Client(this.door);
  }

  /** Lets time pass until `promise` settles. */
  async run<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settled = promise.then(
      () => {
        isSettled = true;
      },
      () => {
        isSettled = true;
      },
    );
    for (let round = 0; !isSettled; round += 1) {
      if (round > ROUNDS_MAX) throw new Error("the client waits for something that never comes");
      for (let i = 0; i < MICROTASK_ROUNDS; i += 1) await undefined;
      if (isSettled) break;
      if (!this.#moveOn()) this.#world.system.advance(10);
    }
    await settled;
    return promise;
  }

  #moveOn(): boolean {
    this.#world.system.settle();
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((waiting) => !waiting.isDone());
    return this.#waiting.length < before;
  }

  #ask: ClientDoor["asker"]["ask"] = (to, message, options) =>
    new Promise((resolve, reject) => {
      const handle: AskHandle<never> = this.#world.system.ask(to, message as never, options);
      this.#waiting.push({
        isDone: () => {
          const { outcome } = handle;
          if (outcome?.kind === "reply") resolve(outcome.value);
          else if (outcome !== undefined) reject(new AskError(outcome));
          return outcome !== undefined;
        },
      });
    });

  #delay(delayMs: number): Promise<void> {
    const clock: VirtualClock = this.#world.system.clock;
    const dueMs = clock.nowMs() + delayMs;
    return new Promise((resolve) => {
      this.#waiting.push({
        isDone: () => {
          if (clock.nowMs() < dueMs) return false;
          resolve();
          return true;
        },
      });
    });
  }
}
