// Histories as text, one operation a line, so that other checkers can read them. docs/simulator.md
// describes the form.
import type { KeyAction, KeyOutcome, Operation } from "./operation.ts";

type Line = {
  readonly client: number;
  readonly key: string;
  readonly action: KeyAction["kind"];
  readonly value?: string | null;
  readonly expected?: string | null;
  readonly call: number;
  /** Null: it never returned. */
  readonly return: number | null;
  readonly outcome: "ok" | "unknown" | "failed";
  /** Of a get, and what a compare-and-swap found that did not swap. */
  readonly read?: string | null;
  /** Of a compare-and-swap. */
  readonly swapped?: boolean;
};

export function toJsonLines(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(toLine(operation))}\n`).join("");
}

/** @throws SyntaxError for what is no line of a history. */
export function fromJsonLines(text: string): Operation[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => fromLine(JSON.parse(line) as Line));
}

function toLine({ client, key, action, call, return: end, outcome }: Operation): Line {
  const isKnown = outcome.kind !== "unknown" && outcome.kind !== "failed";
  return {
    client,
    key,
    action: action.kind,
    ...("value" in action ? { value: action.value ?? null } : {}),
    ...("expected" in action ? { expected: action.expected ?? null } : {}),
    call,
    return: Number.isFinite(end) ? end : null,
    outcome: isKnown ? "ok" : outcome.kind,
    ...resultOf(outcome),
  };
}

function resultOf(outcome: KeyOutcome): Pick<Line, "read" | "swapped"> {
  if (outcome.kind === "value") return { read: outcome.value ?? null };
  if (outcome.kind === "swapped") return { swapped: true };
  if (outcome.kind !== "not-swapped") return {};
  const { found } = outcome;
  return found === undefined ? { swapped: false } : { swapped: false, read: found.value ?? null };
}

function fromLine(line: Line): Operation {
  const { client, key, call } = line;
  const end = line.return ?? Number.POSITIVE_INFINITY;
  return { client, key, action: actionOf(line), call, return: end, outcome: outcomeOf(line) };
}

function actionOf({ action, value, expected }: Line): KeyAction {
  switch (action) {
    case "get":
    case "delete":
      return { kind: action };
    case "put":
      if (typeof value !== "string") throw new SyntaxError("a put without a value");
      return { kind: action, value };
    case "compare-and-swap":
      return { kind: action, expected: expected ?? undefined, value: value ?? undefined };
    default:
      throw new SyntaxError(`unknown action ${String(action)}`);
  }
}

function outcomeOf({ action, outcome, read, swapped }: Line): KeyOutcome {
  if (outcome !== "ok") return { kind: outcome };
  if (action === "get") return { kind: "value", value: read ?? undefined };
  if (action !== "compare-and-swap") return { kind: "done" };
  if (swapped === true) return { kind: "swapped" };
  return read === undefined
    ? { kind: "not-swapped" }
    : { kind: "not-swapped", found: { value: read ?? undefined } };
}
