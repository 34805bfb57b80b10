// Whether the history of one register with compare-and-swap is linearizable: whether each operation
// can be given one moment between its call and its return so that all results are those of a single
// register. Wing and Gong's search with Lowe's memory (2017), in the order of returns: an operation is
// given its moment no sooner than a return demands it, and configurations that were met are not
// searched again.
import { byKey } from "./history.ts";
import type { KeyAction, Operation } from "./operation.ts";

export type Verdict =
  | { readonly kind: "linearizable" }
  /** No order explains what `operation` returned; just before, the key may have held `possible`. */
  | {
      readonly kind: "violated";
      readonly operation: Operation;
      readonly possible: readonly (string | undefined)[];
    }
  /** More than `CONFIGURATIONS_MAX` at once: nothing was shown. */
  | { readonly kind: "undecided" };

/** At 8 clients on a key there are some hundreds; beyond this a history is not worth its memory. */
export const CONFIGURATIONS_MAX = 200_000;

type Value = string | undefined;
/** `taken`: of the open operations those that have had their moment, by place, sorted. */
type Configuration = { readonly value: Value; readonly taken: readonly number[] };

/** @param operations Of all keys. @returns The first violated key's verdict, or that there is none. */
export function checkHistory(operations: readonly Operation[]): Verdict {
  let verdict: Verdict = { kind: "linearizable" };
  for (const ofKey of byKey(operations).values()) {
    const one = checkRegister(ofKey);
    if (one.kind === "violated") return one;
    if (one.kind === "undecided") verdict = one;
  }
  return verdict;
}

/** @param operations Of one key; before the first of them it is not there. */
export function checkRegister(operations: readonly Operation[]): Verdict {
  const relevant = withoutNoise(operations);
  let open: number[] = [];
  let configurations: readonly Configuration[] = [{ value: undefined, taken: [] }];
  for (const { isCall, place } of eventsOf(relevant)) {
    if (isCall) {
      open.push(place);
      continue;
    }
    const after = takeMoment(relevant, open, configurations, place);
    if (after === undefined) return { kind: "undecided" };
    const operation = relevant[place];
    if (after.length === 0 && operation !== undefined)
      return { kind: "violated", operation, possible: configurations.map(({ value }) => value) };
    configurations = after;
    open = open.filter((other) => other !== place);
  }
  return { kind: "linearizable" };
}

/** In the order of time. What never returned has no return. */
function eventsOf(operations: readonly Operation[]): { isCall: boolean; place: number }[] {
  const events = operations.flatMap((operation, place) => [
    { at: operation.call, isCall: true, place },
    { at: operation.return, isCall: false, place },
  ]);
  return events.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}

/** All ways in which the operation at `place` has had its moment by now; undefined: too many. */
function takeMoment(
  operations: readonly Operation[],
  open: readonly number[],
  from: readonly Configuration[],
  place: number,
): readonly Configuration[] | undefined {
  const done = new Map<string, Configuration>();
  const met = new Set<string>();
  const stack = [...from];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, taken } = next;
    if (taken.includes(place)) {
      const settled = { value, taken: taken.filter((other) => other !== place) };
      done.set(nameOf(settled), settled);
      continue;
    }
    for (const candidate of candidatesOf(operations, open, next, place)) {
      const name = nameOf(candidate);
      if (!met.has(name)) stack.push(candidate);
      met.add(name);
    }
    if (met.size > CONFIGURATIONS_MAX) return undefined;
  }
  return [...done.values()];
}

/**
 * One more operation has its moment. What returns now goes at once if it only reads: to let others go
 * before it would only lose ways. A delete of what is not there is no reader: a write beside it may have
 * come first.
 */
function candidatesOf(
  operations: readonly Operation[],
  open: readonly number[],
  { value, taken }: Configuration,
  place: number,
): Configuration[] {
  const withOne = (one: number): Configuration | undefined => {
    const operation = operations[one];
    const after = operation && effectOf(operation, value);
    return after && { value: after.value, taken: [...taken, one].sort((a, b) => a - b) };
  };
  const returning = withOne(place);
  if (returning !== undefined && isReader(operations[place])) return [returning];
  const others = open.filter((one) => !taken.includes(one));
  return others.flatMap((one) => withOne(one) ?? []);
}

function isReader(operation: Operation | undefined): boolean {
  if (operation?.action.kind === "get") return true;
  return operation?.outcome.kind === "swapped" && !operation.outcome.isSwapped;
}

/** What the register holds after it; undefined when its result could not have been. */
function effectOf({ action, outcome }: Operation, value: Value): { value: Value } | undefined {
  switch (action.kind) {
    case "get":
      return outcome.kind !== "value" || outcome.value === value ? { value } : undefined;
    case "put":
      return { value: action.value };
    case "delete":
      return { value: undefined };
    case "compare-and-swap": {
      const isSwapped = action.expected === value;
      if (outcome.kind === "swapped" && outcome.isSwapped !== isSwapped) return undefined;
      return { value: isSwapped ? action.value : value };
    }
  }
}

/**
 * Without what says nothing: operations that failed, reads without a result, and writes of unknown
 * outcome that nobody saw. To leave one of the last out is sound: of an order that holds it, the same
 * order without it is one, unless a compare-and-swap failed because of it.
 */
function withoutNoise(operations: readonly Operation[]): Operation[] {
  const seen = new Set<Value>();
  let hasFailedSwap = false;
  for (const { action, outcome } of operations) {
    if (outcome.kind === "value") seen.add(outcome.value);
    if (action.kind === "compare-and-swap") seen.add(action.expected);
    if (outcome.kind === "swapped" && !outcome.isSwapped) hasFailedSwap = true;
  }
  return operations.filter(({ action, outcome }) => {
    if (outcome.kind === "failed") return false;
    if (outcome.kind !== "unknown") return true;
    const written = writtenBy(action);
    return written !== undefined && (hasFailedSwap || seen.has(written.value));
  });
}

function writtenBy(action: KeyAction): { readonly value: Value } | undefined {
  if (action.kind === "get") return undefined;
  return { value: action.kind === "delete" ? undefined : action.value };
}

function nameOf({ value, taken }: Configuration): string {
  return `${taken.join()}|${value === undefined ? "" : `=${value}`}`;
}
