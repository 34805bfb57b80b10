import { type Random, Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { History, type Ticket } from "./history.ts";
import { checkHistory } from "./linearizable.ts";
import type { KeyAction, KeyOutcome } from "./operation.ts";
import { Register } from "./register.ts";
import { HistoryWatch } from "./watch.ts";

const CLIENTS = 5;
const KEYS = ["a", "b"];

type Running = {
  readonly ticket: Ticket;
  readonly key: string;
  readonly action: KeyAction;
  outcome: KeyOutcome | undefined;
};

/** Clients on true registers; some never hear what came of their operations. */
class Clients {
  readonly history = new History();
  /** From then on the registers forget what is written. */
  isBroken = false;
  readonly #random: Random;
  readonly #values = new Map<string, string | undefined>();
  readonly #running: (Running | undefined)[] = Array.from({ length: CLIENTS }, () => undefined);
  #turn = 0;

  constructor(seed: number) {
    this.#random = new Sfc32(seed);
  }

  step(): void {
    const client = this.#random.below(CLIENTS);
    const running = this.#running[client];
    if (running === undefined) this.#running[client] = this.#call(client);
    else if (running.outcome === undefined) running.outcome = this.#happen(running);
    else {
      this.#running[client] = undefined;
      this.history.returned(running.ticket, running.outcome);
    }
  }

  #call(client: number): Running {
    this.#turn += 1;
    const key = KEYS[this.#random.below(KEYS.length)] ?? "a";
    const action = this.#draw(`${this.#turn}`, this.#values.get(key));
    return { ticket: this.history.call(client, key, action), key, action, outcome: undefined };
  }

  #draw(value: string, expected: string | undefined): KeyAction {
    const drawn = this.#random.below(6);
    if (drawn < 3) return { kind: "get" };
    if (drawn === 3) return { kind: "put", value };
    return drawn === 4 ? { kind: "delete" } : { kind: "compare-and-swap", expected, value };
  }

  #happen({ key, action }: Running): KeyOutcome {
    const value = this.#values.get(key);
    if (action.kind === "get") return { kind: "value", value };
    const lot = this.#random.below(12);
    if (lot === 0) return { kind: "failed" };
    if (lot === 1) return { kind: "unknown" };
    const outcome = this.#write(key, action, value);
    return lot === 2 ? { kind: "unknown" } : outcome;
  }

  #write(key: string, action: KeyAction, value: string | undefined): KeyOutcome {
    if (action.kind === "compare-and-swap" && action.expected !== value)
      return { kind: "not-swapped", found: { value } };
    if (!this.isBroken) this.#values.set(key, "value" in action ? action.value : undefined);
    return action.kind === "compare-and-swap" ? { kind: "swapped" } : { kind: "done" };
  }
}

test("a true history is never blamed, at whatever moment it is looked at, and little of it is kept", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const clients = new Clients(seed);
    const watch = new HistoryWatch(clients.history);
    for (let step = 0; step < 3_000; step += 1) {
      clients.step();
      if (step % 50 !== 0) continue;
      expect(watch.look(), `seed ${seed} at step ${step}`).toBeUndefined();
      expect(watch.unsettled).toBeLessThan(200);
    }
    const end = watch.end();
    expect(end.verdict, `seed ${seed}`).toEqual({ kind: "linearizable" });
    expect(end.undecidedKeys).toBe(0);
  }
});

test("a register that forgets is found at the first look at which a whole check finds it", () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const clients = new Clients(seed);
    const watch = new HistoryWatch(clients.history);
    const brokenAt = 1_000;
    let foundAt: number | undefined;
    for (let step = 0; step < 4_000 && foundAt === undefined; step += 1) {
      clients.isBroken = step >= brokenAt;
      clients.step();
      if (step % 25 !== 0) continue;
      if (watch.look() !== undefined) foundAt = step;
      if (step < brokenAt) continue;
      const { kind } = checkHistory(clients.history.operations).verdict;
      expect(kind === "violated", `seed ${seed} at step ${step}`).toBe(foundAt !== undefined);
    }
    expect(foundAt, `seed ${seed}`).toBeGreaterThanOrEqual(brokenAt);
  }
});

test("an operation that hangs holds back what is kept, not what is found", () => {
  const history = new History();
  const watch = new HistoryWatch(history);
  history.call(9, "a", { kind: "put", value: "hangs" });
  for (let n = 0; n < 50; n += 1) {
    history.returned(history.call(0, "a", { kind: "put", value: `${n}` }), { kind: "done" });
    expect(watch.look()).toBeUndefined();
  }
  expect(watch.unsettled).toBe(51);
  history.returned(history.call(1, "a", { kind: "get" }), { kind: "value", value: "hangs" });
  expect(watch.look()).toBeUndefined();
  const stale = history.call(1, "a", { kind: "get" });
  history.returned(stale, { kind: "value", value: "48" });
  expect(watch.look()).toMatchObject({ operation: { outcome: { value: "48" } } });
});

test("a verdict at the end is that of the whole history, however often it was looked at", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = new Sfc32(seed);
    const history = new History();
    const watch = new HistoryWatch(history);
    const running: Ticket[] = [];
    let found = false;
    for (let step = 0; step < 12; step += 1) {
      if (running.length < 3 && random.below(2) === 0)
        running.push(history.call(0, "a", drawAny(random)));
      const [one] = running.splice(random.below(3), 1);
      const action = one && history.operations[one.place]?.action;
      if (one !== undefined && action !== undefined)
        history.returned(one, resultOf(random, action));
      if (random.below(2) === 0 && watch.look() !== undefined) found = true;
    }
    const whole = checkHistory(history.operations);
    if (found) expect(whole.verdict.kind, `seed ${seed}`).toBe("violated");
    else
      expect(watch.end(), `seed ${seed}`).toMatchObject({ verdict: { kind: whole.verdict.kind } });
  }
});

function drawAny(random: Random): KeyAction {
  const value = ["a", "b", undefined][random.below(3)];
  const expected = ["a", "b", undefined][random.below(3)];
  switch (random.below(4)) {
    case 0:
      return { kind: "get" };
    case 1:
      return { kind: "put", value: value ?? "a" };
    case 2:
      return { kind: "delete" };
    default:
      return { kind: "compare-and-swap", expected, value };
  }
}

function resultOf(random: Random, { kind }: KeyAction): KeyOutcome {
  const value = ["a", "b", undefined][random.below(3)];
  if (random.below(4) === 0) return { kind: "unknown" };
  if (kind === "get") return { kind: "value", value };
  if (kind !== "compare-and-swap") return { kind: "done" };
  return random.below(2) === 0 ? { kind: "swapped" } : { kind: "not-swapped", found: { value } };
}

test("writes that nobody has seen are kept, those that all orders have used are forgotten", () => {
  const register = new Register();
  let at = 0;
  const tell = (action: KeyAction, outcome: KeyOutcome): void => {
    at += 2;
    const end = outcome.kind === "unknown" ? Infinity : at + 1;
    const operation = { client: 0, key: "a", action, call: at, return: end, outcome };
    register.called(operation);
    if (outcome.kind !== "unknown") register.returned(operation);
  };
  for (let n = 0; n < 100; n += 1) {
    tell({ kind: "put", value: `${n}` }, { kind: "unknown" });
    tell({ kind: "delete" }, { kind: "unknown" });
    tell({ kind: "get" }, { kind: "value", value: `${n}` });
    tell({ kind: "get" }, { kind: "value", value: undefined });
  }
  expect(register.judgement.kind).toBe("possible");
  expect(register.held).toEqual({ configurations: 1, unknowns: 0 });
  tell({ kind: "put", value: "unseen" }, { kind: "unknown" });
  tell({ kind: "get" }, { kind: "value", value: undefined });
  expect(register.held).toEqual({ configurations: 1, unknowns: 1 });
});
