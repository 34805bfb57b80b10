import { describe, expect, test } from "vitest";
import { ACTION_KINDS, type Action, actionNumber, formatAction, parseAction } from "./action.ts";

describe("actions as text", () => {
  test.each(ACTION_KINDS)("%s is read as it was written", (kind) => {
    const action: Action = { kind, peer: 3, a: 12, b: 2 ** 31 - 1 };
    expect(parseAction(formatAction(action))).toEqual(action);
  });

  test.each(["", "deliver", "deliver 1 2", "fly 1 2 3", "deliver 1 2 x", "deliver 1 2 -3"])(
    '"%s" is refused',
    (text) => expect(() => parseAction(text)).toThrow(/not an action/),
  );

  test("each kind has a number of its own", () => {
    expect(new Set(ACTION_KINDS.map(actionNumber)).size).toBe(ACTION_KINDS.length);
  });
});
