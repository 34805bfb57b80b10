import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { fromJsonLines, toJsonLines } from "./json-lines.ts";
import { checkHistory, checkRegister } from "./linearizable.ts";
import type { KeyAction, KeyOutcome, Operation } from "./operation.ts";

const FOREVER = Number.POSITIVE_INFINITY;
const unknown: KeyOutcome = { kind: "unknown" };

function op(call: number, end: number, action: KeyAction, outcome: KeyOutcome): Operation {
  return { client: call, key: "k", action, call, return: end, outcome };
}
const put = (call: number, end: number, value: string) =>
  op(call, end, { kind: "put", value }, end === FOREVER ? unknown : { kind: "done" });
const remove = (call: number, end: number) =>
  op(call, end, { kind: "delete" }, end === FOREVER ? unknown : { kind: "done" });
const get = (call: number, end: number, value: string | undefined) =>
  op(call, end, { kind: "get" }, { kind: "value", value });
const swap = (
  call: number,
  end: number,
  expected: string | undefined,
  value: string | undefined,
  outcome: KeyOutcome = unknown,
) => op(call, end, { kind: "compare-and-swap", expected, value }, outcome);
const yes: KeyOutcome = { kind: "swapped" };
const no: KeyOutcome = { kind: "not-swapped" };
const found = (value: string | undefined): KeyOutcome => ({
  kind: "not-swapped",
  found: { value },
});

const GOOD: readonly (readonly [string, readonly Operation[]])[] = [
  ["nothing", []],
  ["a read of what was never written", [get(1, 2, undefined)]],
  ["one after the other", [put(1, 2, "a"), get(3, 4, "a"), remove(5, 6), get(7, 8, undefined)]],
  ["a read beside a write sees it", [put(1, 4, "a"), get(2, 3, "a")]],
  ["a read beside a write does not see it", [put(1, 4, "a"), get(2, 3, undefined)]],
  ["writes side by side, read in one order", [put(1, 4, "a"), put(2, 3, "b"), get(5, 6, "a")]],
  ["an unknown write shows late", [put(1, FOREVER, "a"), get(2, 3, undefined), get(4, 5, "a")]],
  ["an unknown write never shows", [put(1, FOREVER, "a"), get(2, 3, undefined)]],
  ["an unknown delete shows", [put(1, 2, "a"), remove(3, FOREVER), get(4, 5, undefined)]],
  [
    "a failed write leaves nothing",
    [op(1, 2, { kind: "put", value: "a" }, { kind: "failed" }), get(3, 4, undefined)],
  ],
  [
    "swaps in a chain",
    [swap(1, 2, undefined, "a", yes), swap(3, 4, "a", "b", yes), get(5, 6, "b")],
  ],
  [
    "of two equal swaps one wins",
    [swap(1, 4, undefined, "a", yes), swap(2, 3, undefined, "b", no)],
  ],
  [
    "an unknown swap explains a failed one",
    [swap(1, FOREVER, undefined, "a"), swap(2, 3, undefined, "b", no)],
  ],
  [
    "a swap says what it found, and who wrote it is unknown",
    [put(1, FOREVER, "a"), swap(2, 3, undefined, "b", found("a")), get(4, 5, "a")],
  ],
  [
    "a swap fails before and after an unknown one",
    [
      put(1, 2, "a"),
      swap(3, FOREVER, "a", "b"),
      swap(4, 5, "b", "c", found("a")),
      swap(6, 7, "a", "c", found("b")),
    ],
  ],
  [
    "unknown swaps form a chain that only its end shows",
    [
      swap(1, FOREVER, undefined, "a"),
      swap(2, FOREVER, "a", "b"),
      get(3, 4, undefined),
      get(5, 6, "b"),
    ],
  ],
  [
    "an unknown swap is used where only it can be, an unknown write with the same value later",
    [
      put(1, FOREVER, "a"),
      swap(2, FOREVER, undefined, "a"),
      get(3, 4, "a"),
      put(5, 6, "b"),
      get(7, 8, "a"),
    ],
  ],
  [
    "a read waits inside a chain",
    [put(1, 10, "a"), put(2, 9, "b"), get(3, 8, "a"), get(4, 7, "b"), get(11, 12, "a")],
  ],
];

const BAD: readonly (readonly [string, readonly Operation[]])[] = [
  ["a read of what nobody wrote", [get(1, 2, "a")]],
  ["a stale read", [put(1, 2, "a"), put(3, 4, "b"), get(5, 6, "a")]],
  ["a read before its write", [get(1, 2, "a"), put(3, 4, "a")]],
  ["a lost write", [put(1, 2, "a"), get(3, 4, undefined)]],
  ["two reads that turn time round", [put(1, 8, "a"), get(2, 3, "a"), get(4, 5, undefined)]],
  [
    "side by side, read in both orders",
    [put(1, 4, "a"), put(2, 3, "b"), get(5, 6, "a"), get(7, 8, "b")],
  ],
  [
    "a failed write shows",
    [op(1, 2, { kind: "put", value: "a" }, { kind: "failed" }), get(3, 4, "a")],
  ],
  ["both swaps win", [swap(1, 4, undefined, "a", yes), swap(2, 3, undefined, "b", yes)]],
  ["a swap fails without a reason", [put(1, 2, "a"), swap(3, 4, "a", "b", no)]],
  [
    "an unknown write takes effect twice",
    [put(1, FOREVER, "a"), get(2, 3, "a"), put(4, 5, "b"), get(6, 7, "a")],
  ],
  [
    "a swap found what was there no more",
    [put(1, 2, "a"), put(3, 4, "b"), swap(5, 6, "x", "c", found("a"))],
  ],
  [
    "a swap found what it expected, and did not swap",
    [put(1, 2, "a"), swap(3, 4, "a", "b", found("a"))],
  ],
  [
    "an unknown swap takes effect twice",
    [put(1, 2, "a"), swap(3, FOREVER, "a", "b"), get(4, 5, "b"), put(6, 7, "a"), get(8, 9, "b")],
  ],
  [
    "an unknown swap takes effect where it could not",
    [put(1, 2, "x"), swap(3, FOREVER, "a", "b"), get(4, 5, "b")],
  ],
  ["a swap that swapped is lost", [put(1, 2, "a"), swap(3, 4, "a", "b", yes), get(5, 6, "a")]],
  ["what was deleted comes back", [put(1, 2, "a"), remove(3, 4), get(5, 6, "a")]],
];

test.each(GOOD)("linearizable: %s", (_, history) => {
  expect(checkRegister(history)).toEqual({ kind: "linearizable" });
  expect(fromJsonLines(toJsonLines(history))).toEqual(history);
});

test.each(BAD)("violated: %s", (_, history) => {
  expect(checkRegister(history).kind).toBe("violated");
});

test("keys are registers of their own, and the verdict names the operation", () => {
  const other = (operation: Operation) => ({ ...operation, key: "other" });
  const bad = other(get(3, 4, "a"));
  expect(checkHistory([put(1, 2, "a"), get(5, 6, "a")])).toEqual({
    verdict: { kind: "linearizable" },
    keys: 1,
    undecidedKeys: 0,
  });
  expect(checkHistory([put(1, 2, "a"), bad])).toMatchObject({
    verdict: { kind: "violated", operation: bad, possible: [undefined] },
    keys: 2,
  });
});

test("drawn histories of a true register pass, and with one result changed they do not", () => {
  let caught = 0;
  for (let seed = 1; seed <= 15; seed += 1) {
    const history = draw(seed);
    expect(checkRegister(history), `seed ${seed}`).toEqual({ kind: "linearizable" });
    const read = history.findLastIndex(({ outcome }) => outcome.kind === "value");
    const changed = history.with(read, {
      ...(history[read] as Operation),
      outcome: { kind: "value", value: "never written" },
    });
    if (checkRegister(changed).kind === "violated") caught += 1;
  }
  expect(caught).toBe(15);
});

/** Six clients on a register that answers in the middle of each operation. */
function draw(seed: number): Operation[] {
  const random = new Sfc32(seed);
  const operations: Operation[] = [];
  let value: string | undefined;
  let now = 0;
  const running: { action: KeyAction; call: number; outcome?: KeyOutcome }[] = [];
  while (operations.length < 120) {
    now += 1;
    const one = running[random.below(6)];
    if (running.length < 6) running.push({ action: drawAction(random, now), call: now });
    else if (one !== undefined && one.outcome === undefined) {
      const { action } = one;
      if (action.kind === "get") one.outcome = { kind: "value", value };
      else if (action.kind === "compare-and-swap") {
        one.outcome = action.expected === value ? yes : found(value);
        if (action.expected === value) value = action.value;
      } else {
        value = action.kind === "put" ? action.value : undefined;
        one.outcome = { kind: "done" };
      }
    } else if (one?.outcome !== undefined) {
      running.splice(running.indexOf(one), 1);
      operations.push(op(one.call, now, one.action, one.outcome));
    }
  }
  const left = running.map(({ action, call }) => op(call, FOREVER, action, unknown));
  return [...operations, ...left];
}

function drawAction(random: Sfc32, now: number): KeyAction {
  switch (random.below(4)) {
    case 0:
      return { kind: "put", value: `v${now}` };
    case 1:
      return { kind: "delete" };
    case 2:
      return { kind: "compare-and-swap", expected: undefined, value: `v${now}` };
    default:
      return { kind: "get" };
  }
}

test("small histories of any kind are judged as by trying every order", () => {
  const verdicts = { linearizable: 0, violated: 0, undecided: 0 };
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const history = drawAny(new Sfc32(seed));
    const { kind } = checkRegister(history);
    const isPossible = someOrder(history, undefined, 0);
    expect(kind, `seed ${seed}`).toBe(isPossible ? "linearizable" : "violated");
    verdicts[kind] += 1;
  }
  expect(verdicts.violated).toBeGreaterThan(300);
  expect(verdicts.linearizable).toBeGreaterThan(300);
});

/** Up to six operations with results of chance. */
function drawAny(random: Sfc32): Operation[] {
  return Array.from({ length: 2 + random.below(5) }, (_, n) => {
    const call = 10 * random.below(6) + n;
    const isUnknown = random.below(3) === 0;
    const end = isUnknown ? FOREVER : call + 6 + 10 * random.below(4);
    const value = () => [undefined, "a", "b"][random.below(3)];
    switch (random.below(4)) {
      case 0:
        return put(call, end, `${value() ?? "c"}`);
      case 1:
        return remove(call, end);
      case 2:
        return swap(call, end, value(), value(), isUnknown ? unknown : drawSwap(random, value()));
      default:
        return get(call, Number.isFinite(end) ? end : call + 6, value());
    }
  });
}

function drawSwap(random: Sfc32, value: string | undefined): KeyOutcome {
  return [yes, no, found(value)][random.below(3)] ?? yes;
}

/** `done`: a bit for each operation that has had its moment. */
function someOrder(
  history: readonly Operation[],
  value: string | undefined,
  done: number,
): boolean {
  const left = history.filter((_, n) => (done & (1 << n)) === 0);
  if (left.every((one) => one.return === FOREVER)) return true;
  const firstEnd = Math.min(...left.map((one) => one.return));
  return history.some((one, n) => {
    if ((done & (1 << n)) !== 0 || one.call > firstEnd) return false;
    const after = apply(one, value);
    return after !== undefined && someOrder(history, after.value, done | (1 << n));
  });
}

function apply({ action, outcome }: Operation, value: string | undefined) {
  if (action.kind === "put") return { value: action.value };
  if (action.kind === "delete") return { value: undefined };
  if (action.kind === "get")
    return outcome.kind === "value" && outcome.value !== value ? undefined : { value };
  const isSwapped = action.expected === value;
  if (outcome.kind === "swapped" && !isSwapped) return undefined;
  if (outcome.kind === "not-swapped") {
    const isOther = outcome.found !== undefined && outcome.found.value !== value;
    if (isSwapped || isOther) return undefined;
  }
  return { value: isSwapped ? action.value : value };
}
