// The production client on the manual platform: its asks are steps, its pauses simulated time. Its
// promises run between steps; when they have run, each of its operations waits for the simulation, or
// it has awaited something else, which is said by name.
import { AskError, type AskOutcome, assert, type Random } from "@multiraft/runtime";
import { Client } from "../../client/client.ts";
import type { ClientDoor } from "../../client/client-door.ts";
import { ClientError } from "../../client/client-error.ts";
import { textOf } from "../../client/key-value.ts";
import type { History } from "../history/history.ts";
import type { KeyAction, KeyOutcome } from "../history/operation.ts";
import { ClientLife, type ClientScript, type ScriptedOperation } from "./client-script.ts";
import type { SimCluster } from "./sim-cluster.ts";

/** Promises of one step are followed this deep: a try of the client is about ten. */
const MICROTASK_ROUNDS = 64;

type Sleeper = { readonly dueMs: number; readonly wake: () => void };

/** The clients of a run. */
export class SimClients {
  /** What an operation ended with that no client should see. */
  readonly wrong: string[] = [];
  /** Operations begun after the chaos that were answered: what came of them is known. */
  answeredInHealing = 0;
  /** Of those keys. */
  readonly keysAnsweredInHealing = new Set<string>();
  isStopped = false;
  readonly #cluster: SimCluster;
  readonly #history: History;
  readonly #clients: OneClient[] = [];
  /** Those whose scripts have ended, until the chaos has. */
  #resting: (() => void)[] = [];
  #isHealing = false;
  #sleepers: Sleeper[] = [];
  #nextWakeMs = Number.POSITIVE_INFINITY;
  #isStirred = true;

  constructor(
    cluster: SimCluster,
    history: History,
    keys: readonly string[],
    count: number,
    random: Random,
    given?: readonly ClientScript[],
  ) {
    this.#cluster = cluster;
    this.#history = history;
    for (let number = 0; number < count; number += 1) {
      const stream = random.fork(`client ${number}`);
      const script = given?.find(({ client }) => client === number);
      const life = new ClientLife(number, keys, stream, script ?? (given && "idle"));
      this.#clients.push(this.#start(number, life, stream));
    }
  }

  /** What each was to do in the chaos. */
  get scripts(): readonly ClientScript[] {
    return this.#clients
      .map(({ life }) => life.script)
      .filter(({ operations }) => operations.length > 0);
  }

  /** From now on all of them ask, whatever their scripts say. */
  beginHealing(): void {
    this.#isHealing = true;
    for (const wake of this.#resting.splice(0)) wake();
  }

  get areIdle(): boolean {
    return this.#clients.every(({ isDone }) => isDone);
  }

  /** When the next of their pauses ends. */
  get nextWakeMs(): number {
    return this.#nextWakeMs;
  }

  /** Ends pauses that are over; true when promises have something to do. */
  wake(): boolean {
    const nowMs = this.#cluster.system.clock.nowMs();
    if (this.#nextWakeMs <= nowMs) {
      const due = this.#sleepers.filter(({ dueMs }) => dueMs <= nowMs);
      this.#sleepers = this.#sleepers.filter(({ dueMs }) => dueMs > nowMs);
      this.#nextWakeMs = Math.min(...this.#sleepers.map(({ dueMs }) => dueMs));
      for (const { wake } of due) wake();
    }
    return this.#isStirred;
  }

  /** Lets promises run until each operation waits for the simulation again. */
  async run(): Promise<void> {
    this.#isStirred = false;
    for (let round = 0; round < MICROTASK_ROUNDS && this.#isAnyMoving; round += 1) await undefined;
    const lost = this.#clients.find((one) => !one.isDone && one.waits === 0);
    assert(
      lost === undefined || this.#isStirred,
      () => `client ${lost?.number} awaits what is not simulated, in its ${lost?.doing}`,
    );
  }

  get #isAnyMoving(): boolean {
    for (const one of this.#clients) if (one.isMoving && !one.isDone) return true;
    return false;
  }

  #start(number: number, life: ClientLife, random: Random): OneClient {
    const one: OneClient = {
      number,
      life,
      waits: 0,
      isMoving: true,
      isDone: false,
      doing: "start",
    };
    const open = () => new Client(this.#doorOf(one, random.fork("door")));
    void this.#live(one, open)
      .catch((error) => this.wrong.push(`client ${number}, ${one.doing}: ${whatOf(error)}`))
      .finally(() => {
        one.isDone = true;
      });
    return one;
  }

  /** Some ask seldom, and by routes that have long been wrong; some forget all routes each time. */
  async #live(one: OneClient, open: () => Client): Promise<void> {
    let client = open();
    while (!this.isStopped) {
      const operation = await this.#next(one);
      const isHealing = this.#isHealing;
      const { atMs } = operation;
      await this.#sleepUntil(one, isHealing ? atMs : this.#cluster.afterLull(atMs));
      if (one.life.isForgetful) client = open();
      const { key, timeoutMs } = operation;
      const action = one.life.actionOf(operation);
      one.doing = `${action.kind} of ${key}`;
      const ticket = this.#history.call(one.number, key, action);
      const outcome = await this.#outcomeOf(client, key, action, timeoutMs);
      this.#history.returned(ticket, outcome);
      if (outcome.kind !== "failed") one.life.learn(key, action, outcome);
      if (isHealing) this.#noteInHealing(key, outcome);
    }
  }

  #noteInHealing(key: string, { kind }: KeyOutcome): void {
    if (kind === "failed" || kind === "unknown") return;
    this.answeredInHealing += 1;
    this.keysAnsweredInHealing.add(key);
  }

  async #next(one: OneClient): Promise<ScriptedOperation> {
    const nowMs = () => this.#cluster.system.clock.nowMs();
    const operation = this.#isHealing ? undefined : one.life.next(nowMs());
    if (operation !== undefined) return operation;
    if (!this.#isHealing)
      await this.#waiting<void>(one, (settle) => this.#resting.push(() => settle(undefined)));
    return one.life.nextInHealing(nowMs());
  }

  async #outcomeOf(
    client: Client,
    key: string,
    action: KeyAction,
    timeoutMs: number,
  ): Promise<KeyOutcome> {
    try {
      return await act(client, key, action, timeoutMs);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.code === "ERR_MULTIRAFT_OUTCOME_UNKNOWN") return { kind: "unknown" };
      if (error.code !== "ERR_MULTIRAFT_CLIENT_TIMEOUT")
        this.wrong.push(`${action.kind} of ${key}: ${error.message}`);
      return { kind: "failed" };
    }
  }

  #doorOf(one: OneClient, random: Random): ClientDoor {
    const { system, seats } = this.#cluster;
    return {
      asker: {
        ask: (to, message, options) =>
          this.#waiting<AskOutcome<unknown>>(one, (settle) =>
            system.askThen(to, message as never, options, (outcome) => settle(outcome)),
          ).then(replyOf) as never,
      },
      pd: () => (this.#cluster.isPdUp ? this.#cluster.pd : undefined),
      gatesOf: (storeId) => seats[storeId - 1]?.opened?.gates,
      clock: system.clock,
      random,
      delay: (delayMs) => this.#sleep(one, delayMs),
    };
  }

  #sleep(one: OneClient, delayMs: number): Promise<void> {
    return this.#sleepUntil(one, this.#cluster.system.clock.nowMs() + delayMs);
  }

  #sleepUntil(one: OneClient, dueMs: number): Promise<void> {
    this.#nextWakeMs = Math.min(this.#nextWakeMs, dueMs);
    return this.#waiting<void>(one, (settle) => {
      this.#sleepers.push({ dueMs, wake: () => settle(undefined) });
    });
  }

  #waiting<Result>(
    one: OneClient,
    begin: (settle: (result: Result) => void) => void,
  ): Promise<Result> {
    one.waits += 1;
    one.isMoving = false;
    return new Promise((resolve) => {
      begin((result) => {
        one.waits -= 1;
        one.isMoving = true;
        this.#isStirred = true;
        resolve(result);
      });
    });
  }
}

type OneClient = {
  readonly number: number;
  readonly life: ClientLife;
  waits: number;
  /** Something that it waited for has come, and it waits for nothing new yet. */
  isMoving: boolean;
  isDone: boolean;
  doing: string;
};

function whatOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function replyOf(outcome: AskOutcome<unknown>): unknown {
  if (outcome.kind === "reply") return outcome.value;
  throw new AskError(outcome);
}

async function act(
  client: Client,
  key: string,
  action: KeyAction,
  timeoutMs: number,
): Promise<KeyOutcome> {
  switch (action.kind) {
    case "get":
      return { kind: "value", value: await client.getText(key, { timeoutMs }) };
    case "put":
      await client.put(key, action.value, { timeoutMs });
      return { kind: "done" };
    case "delete":
      await client.delete(key, { timeoutMs });
      return { kind: "done" };
    case "compare-and-swap": {
      const { expected, value } = action;
      const result = await client.compareAndSwap(key, { expected, value }, { timeoutMs });
      if (result.isSwapped) return { kind: "swapped" };
      const found = result.found === undefined ? undefined : textOf(result.found);
      return { kind: "not-swapped", found: { value: found } };
    }
  }
}
