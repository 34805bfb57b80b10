// Whether a finished history is linearizable, key by key.
import { byKey } from "./history.ts";
import type { Operation } from "./operation.ts";
import { type Judgement, Register } from "./register.ts";

export type Verdict = { readonly kind: "linearizable" } | Exclude<Judgement, { kind: "possible" }>;

export type HistoryVerdict = {
  /** The first violated key's; else `undecided` if any key is. */
  readonly verdict: Verdict;
  readonly keys: number;
  readonly undecidedKeys: number;
};

/** @param operations Of all keys. */
export function checkHistory(operations: readonly Operation[]): HistoryVerdict {
  return gathered([...byKey(operations).values()].map((ofKey) => checkRegister(ofKey)));
}

export function gathered(verdicts: readonly Verdict[]): HistoryVerdict {
  const undecided = verdicts.filter(({ kind }) => kind === "undecided");
  const violated = verdicts.find(({ kind }) => kind === "violated");
  return {
    verdict: violated ?? undecided[0] ?? { kind: "linearizable" },
    keys: verdicts.length,
    undecidedKeys: undecided.length,
  };
}

/** @param operations Of one key; before the first of them it is not there. */
export function checkRegister(operations: readonly Operation[]): Verdict {
  const register = new Register();
  feed(register, eventsOf(operations));
  return verdictOf(register);
}

export function verdictOf({ judgement }: Register): Verdict {
  return judgement.kind === "possible" ? { kind: "linearizable" } : judgement;
}

export type RegisterEvent = {
  readonly at: number;
  readonly isCall: boolean;
  readonly operation: Operation;
};

/** Unsorted. What never returned has no return. */
export function eventsOf(operations: readonly Operation[]): RegisterEvent[] {
  const events = operations.flatMap((operation) => [
    { at: operation.call, isCall: true, operation },
    { at: operation.return, isCall: false, operation },
  ]);
  return events.filter(({ at }) => Number.isFinite(at));
}

/** In the order of time. */
export function feed(register: Register, events: readonly RegisterEvent[]): void {
  for (const { isCall, operation } of [...events].sort((a, b) => a.at - b.at))
    if (isCall) register.called(operation);
    else register.returned(operation);
}
