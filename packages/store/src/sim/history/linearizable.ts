// Whether the history of one register with compare-and-swap is linearizable: whether each operation
// can be given one moment between its call and its return so that all results are those of a single
// register. Wing and Gong's search with Lowe's memory (2017), in the order of returns: a write is given
// its moment no sooner than a return demands it, and configurations that were met are not searched again.
//
// Two rules keep the search small, and neither loses an order. A read has its moment as soon as the register
// holds what it saw: it stands in nobody's way. A write of unknown outcome has one only if what it wrote is
// seen: of an order in which nobody sees it, the same order without it is one too.
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
type Configuration = {
  readonly value: Value;
  /** Of the open operations those that have had their moment, by place, sorted. */
  readonly taken: readonly number[];
  /** A write of unknown outcome was last: whoever is next has to see what it wrote. */
  readonly isOwedSight: boolean;
};

export type HistoryVerdict = {
  /** The first violated key's; else `undecided` if any key is. */
  readonly verdict: Verdict;
  readonly keys: number;
  readonly undecidedKeys: number;
};

/** @param operations Of all keys. */
export function checkHistory(operations: readonly Operation[]): HistoryVerdict {
  const verdicts = [...byKey(operations).values()].map((ofKey) => checkRegister(ofKey));
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
  const relevant = withoutNoise(operations);
  let open: number[] = [];
  let configurations: readonly Configuration[] = [
    { value: undefined, taken: [], isOwedSight: false },
  ];
  for (const { isCall, place } of eventsOf(relevant)) {
    if (isCall) {
      open.push(place);
      configurations = configurations.map((one) => withReads(relevant, [place], one));
      continue;
    }
    const after = takeMoment(relevant, open, configurations, place);
    if (after === undefined) return { kind: "undecided" };
    const operation = relevant[place];
    if (after.length === 0 && operation !== undefined)
      return { kind: "violated", operation, possible: valuesOf(configurations) };
    configurations = after;
    open = open.filter((other) => other !== place);
  }
  return { kind: "linearizable" };
}

function valuesOf(configurations: readonly Configuration[]): Value[] {
  return [...new Set(configurations.map(({ value }) => value))];
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
    if (next.taken.includes(place)) {
      const settled = { ...next, taken: next.taken.filter((other) => other !== place) };
      done.set(nameOf(settled), settled);
      continue;
    }
    for (const candidate of candidatesOf(operations, open, next)) {
      const name = nameOf(candidate);
      if (!met.has(name)) stack.push(candidate);
      met.add(name);
    }
    if (met.size > CONFIGURATIONS_MAX) return undefined;
  }
  return [...done.values()];
}

/** One more write has its moment, and with it the reads that see what it wrote. */
function candidatesOf(
  operations: readonly Operation[],
  open: readonly number[],
  from: Configuration,
): Configuration[] {
  const met = new Set<Value>();
  return open.flatMap((place) => {
    const operation = operations[place];
    if (operation === undefined || from.taken.includes(place)) return [];
    if (operation.action.kind === "get") return [];
    const isUnknown = operation.outcome.kind === "unknown";
    if (from.isOwedSight && operation.action.kind !== "compare-and-swap") return [];
    const after = effectOf(operation, from.value);
    // Without effect an unknown operation need not be; and of two with the same effect one is enough.
    if (after === undefined || (isUnknown && (after.value === from.value || met.has(after.value))))
      return [];
    if (isUnknown && operation.action.kind !== "compare-and-swap") met.add(after.value);
    const taken = [...from.taken, place].sort((a, b) => a - b);
    return [withReads(operations, open, { ...after, taken, isOwedSight: isUnknown })];
  });
}

/** The same with all those reads taken that see what the register holds. */
function withReads(
  operations: readonly Operation[],
  places: readonly number[],
  from: Configuration,
): Configuration {
  const reads = places.filter((place) => {
    const operation = operations[place];
    if (operation?.action.kind !== "get" || from.taken.includes(place)) return false;
    return effectOf(operation, from.value) !== undefined;
  });
  if (reads.length === 0) return from;
  const taken = [...from.taken, ...reads].sort((a, b) => a - b);
  return { value: from.value, taken, isOwedSight: false };
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

function nameOf({ value, taken, isOwedSight }: Configuration): string {
  return `${isOwedSight ? "!" : ""}${taken.join()}|${value === undefined ? "" : `=${value}`}`;
}
