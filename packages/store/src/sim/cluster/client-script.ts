// What a client does while there is chaos, operation by operation: drawn as it goes, and written down; or
// given. What comes after the chaos is drawn anew, so that a run is healed with clients that ask, however
// little of the script is left.
import { assert, type Random } from "@multiraft/runtime";
import type { KeyAction, KeyOutcome } from "../history/operation.ts";

export type ScriptedAction =
  | Exclude<KeyAction, { readonly kind: "compare-and-swap" }>
  | {
      readonly kind: "compare-and-swap";
      /** What the client believes of the key then, or that it is not there. */
      readonly expects: "known" | "nothing";
      readonly value: string | null;
    };

export type ScriptedOperation = {
  /** Not before, in simulated time. */
  readonly atMs: number;
  readonly key: string;
  readonly action: ScriptedAction;
  readonly timeoutMs: number;
};

export type ClientScript = {
  readonly client: number;
  /** It forgets all routes before each operation. */
  readonly isForgetful: boolean;
  readonly operations: readonly ScriptedOperation[];
};

/** Between two operations, at most; drawn for each client. */
const THINK_MS = [2, 20, 120, 120, 1_500];
/** Long against an election, or short. */
const PATIENCE_MS = [400, 2_000, 8_000];
const PATIENCE_MS_MIN = 100;
/** A snapshot of a few of these is many pieces, where pieces are small. */
const LONG_VALUE_BYTES = 400;

export class ClientLife {
  readonly #client: number;
  readonly #keys: readonly string[];
  readonly #random: Random;
  readonly #healing: Random;
  readonly #thinkMsMax: number;
  readonly #patienceMsMax: number;
  readonly #given: readonly ScriptedOperation[] | undefined;
  readonly isForgetful: boolean;
  readonly #operations: ScriptedOperation[] = [];
  /** What it believes of each key. */
  readonly #known = new Map<string, string | undefined>();
  #turn = 0;
  #healingTurn = 0;

  /** @param given Undefined: it is drawn; `idle`: nothing. */
  constructor(
    client: number,
    keys: readonly string[],
    random: Random,
    given: ClientScript | "idle" | undefined,
  ) {
    this.#client = client;
    this.#keys = keys;
    this.#random = random;
    this.#healing = random.fork("healing");
    this.#given = given === "idle" ? [] : given?.operations;
    this.#thinkMsMax = pick(random, THINK_MS);
    this.#patienceMsMax = pick(random, PATIENCE_MS);
    const isForgetful = random.below(3) === 0;
    this.isForgetful = typeof given === "object" ? given.isForgetful : isForgetful;
  }

  /** What it was to do in the chaos so far. */
  get script(): ClientScript {
    const { isForgetful } = this;
    return { client: this.#client, isForgetful, operations: this.#operations };
  }

  /** @returns Undefined when it has nothing more to do in the chaos. */
  next(nowMs: number): ScriptedOperation | undefined {
    this.#turn += 1;
    const operation =
      this.#given === undefined
        ? this.#draw(nowMs, this.#random, `${this.#client}.${this.#turn}`)
        : this.#given[this.#turn - 1];
    if (operation !== undefined) this.#operations.push(operation);
    return operation;
  }

  nextInHealing(nowMs: number): ScriptedOperation {
    this.#healingTurn += 1;
    return this.#draw(nowMs, this.#healing, `${this.#client}.h${this.#healingTurn}`);
  }

  actionOf({ key, action }: ScriptedOperation): KeyAction {
    if (action.kind !== "compare-and-swap") return action;
    const { kind, expects, value } = action;
    const expected = expects === "known" ? this.#known.get(key) : undefined;
    return { kind, expected, value: value ?? undefined };
  }

  /** What the key holds, as far as the operation told, or may have left there. */
  learn(key: string, action: KeyAction, outcome: KeyOutcome): void {
    this.#known.set(key, learnt(action, outcome).value);
  }

  #draw(nowMs: number, random: Random, value: string): ScriptedOperation {
    const atMs = nowMs + random.unit() * this.#thinkMsMax;
    const key = this.#keys[random.below(this.#keys.length)];
    assert(key !== undefined, "there is no key");
    const action = drawAction(random, value);
    return { atMs, key, action, timeoutMs: PATIENCE_MS_MIN + random.below(this.#patienceMsMax) };
  }
}

function pick(random: Random, items: readonly number[]): number {
  return items[random.below(items.length)] ?? 1;
}

function drawAction(random: Random, value: string): ScriptedAction {
  const drawn = random.below(12);
  if (drawn < 5) return { kind: "get" };
  if (drawn < 7) return { kind: "put", value };
  if (drawn === 7) return { kind: "put", value: value.padEnd(LONG_VALUE_BYTES, "+") };
  if (drawn === 8) return { kind: "delete" };
  const expects = random.below(8) === 0 ? "nothing" : "known";
  const isDelete = random.below(8) === 0;
  return { kind: "compare-and-swap", expects, value: isDelete ? null : value };
}

function learnt(action: KeyAction, outcome: KeyOutcome): { readonly value: string | undefined } {
  if (outcome.kind === "value") return outcome;
  if (outcome.kind === "not-swapped" && outcome.found !== undefined) return outcome.found;
  return { value: "value" in action ? action.value : undefined };
}
