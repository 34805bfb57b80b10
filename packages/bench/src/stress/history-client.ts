// A client of the stressed cluster: one operation at a time, all of it in the history.

import type { Random } from "@multiraft/runtime";
import { type Client, ClientError, textOf } from "@multiraft/store";
import type { History, KeyAction, KeyOutcome } from "@multiraft/store/sim";
import type { StressKeys } from "./stress-keys.ts";

const TIMEOUT_MS = 10_000;
/** So that regions grow beyond their size, are split, and move as more than one piece. */
const PADDING_CHARACTERS_MAX = 1_500;

export type ClientParts = {
  readonly number: number;
  readonly client: Client;
  readonly history: History;
  readonly keys: StressKeys;
  readonly random: Random;
  readonly violate: (what: string) => void;
};

export class HistoryClient {
  readonly #parts: ClientParts;
  /** What it saw last, so that a swap has a chance. */
  readonly #seen = new Map<string, string | undefined>();
  #writes = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async step(): Promise<void> {
    const { keys, random } = this.#parts;
    const key = keys.draw(random);
    await this.act(key, this.#actionOn(key));
  }

  async act(key: string, action: KeyAction): Promise<void> {
    const { number, history } = this.#parts;
    const ticket = history.call(number, key, action);
    const outcome = await this.#outcomeOf(key, action);
    history.returned(ticket, outcome);
    this.#learn(key, action, outcome);
  }

  #actionOn(key: string): KeyAction {
    const { random } = this.#parts;
    const draw = random.below(20);
    if (draw < 8) return { kind: "get" };
    if (draw < 13) return { kind: "put", value: this.#newValue() };
    if (draw < 15) return { kind: "delete" };
    const value = random.below(5) === 0 ? undefined : this.#newValue();
    return { kind: "compare-and-swap", expected: this.#seen.get(key), value };
  }

  /** Never the same twice. */
  #newValue(): string {
    const { number, random } = this.#parts;
    this.#writes += 1;
    return `${number}.${this.#writes} ${"v".repeat(random.below(PADDING_CHARACTERS_MAX))}`;
  }

  async #outcomeOf(key: string, action: KeyAction): Promise<KeyOutcome> {
    const { violate } = this.#parts;
    try {
      return await this.#do(key, action);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.code === "ERR_MULTIRAFT_OUTCOME_UNKNOWN") return { kind: "unknown" };
      if (error.code === "ERR_MULTIRAFT_CLIENT_CLOSED") return { kind: "unknown" };
      if (error.code !== "ERR_MULTIRAFT_CLIENT_TIMEOUT")
        violate(`${action.kind} of ${key}: ${error.code} ${error.message}`);
      return { kind: "failed" };
    }
  }

  async #do(key: string, action: KeyAction): Promise<KeyOutcome> {
    const { client } = this.#parts;
    const options = { timeoutMs: TIMEOUT_MS };
    switch (action.kind) {
      case "get":
        return { kind: "value", value: await client.getText(key, options) };
      case "put":
        await client.put(key, action.value, options);
        return { kind: "done" };
      case "delete":
        await client.delete(key, options);
        return { kind: "done" };
      case "compare-and-swap": {
        const { expected, value } = action;
        const result = await client.compareAndSwap(key, { expected, value }, options);
        if (result.isSwapped) return { kind: "swapped" };
        const found = result.found === undefined ? undefined : textOf(result.found);
        return { kind: "not-swapped", found: { value: found } };
      }
    }
  }

  #learn(key: string, action: KeyAction, outcome: KeyOutcome): void {
    if (outcome.kind === "value") this.#seen.set(key, outcome.value);
    else if (outcome.kind === "not-swapped") this.#seen.set(key, outcome.found?.value);
    else if (outcome.kind === "done" || outcome.kind === "swapped")
      this.#seen.set(key, "value" in action ? action.value : undefined);
  }
}
