import { expect, test } from "vitest";
import { checkRegister, type RegisterOperation } from "./register-check.ts";

const write = (value: string, start: number, end: number): RegisterOperation => ({
  kind: "write",
  value,
  start,
  end,
});
const read = (value: string | undefined, start: number, end: number): RegisterOperation => ({
  kind: "read",
  value,
  start,
  end,
});

test.each<[string, RegisterOperation[]]>([
  ["nothing", []],
  ["a read before the first write", [read(undefined, 1, 2), write("a", 3, 4), read("a", 5, 6)]],
  [
    "a read during a write, of either value",
    [write("a", 1, 10), read(undefined, 2, 3), read("a", 4, 5)],
  ],
  [
    "two writes at once, read in either order",
    [write("a", 1, 9), write("b", 2, 8), read("b", 10, 11)],
  ],
  [
    "a write of unknown outcome, seen late",
    [write("a", 1, Infinity), read(undefined, 2, 3), read("a", 9, 10)],
  ],
  ["a write of unknown outcome, never seen", [write("a", 1, Infinity), read(undefined, 2, 30)]],
])("%s is linearizable", (_, history) => {
  expect(checkRegister(history)).toBe("linearizable");
});

test.each<[string, RegisterOperation[], RegExp]>([
  ["a stale read", [write("a", 1, 2), read(undefined, 3, 4)], /each came before the other/],
  ["an old value again", [write("a", 1, 2), write("b", 3, 4), read("a", 5, 6)], /a and b each/],
  [
    "a value seen, then not",
    [write("a", 1, 9), read("a", 2, 3), read(undefined, 4, 5)],
    /each came/,
  ],
  ["a value from nowhere", [read("x", 1, 2)], /never written/],
  ["a value before its time", [read("a", 1, 2), write("a", 3, 4)], /read before it was written/],
  [
    "readers that disagree on the order",
    [write("a", 1, 20), write("b", 1, 20), read("a", 2, 3), read("b", 4, 5), read("a", 6, 7)],
    /each came before the other/,
  ],
])("%s is found", (_, history, message) => {
  expect(checkRegister(history)).toMatch(message);
});
