import { expect, test } from "vitest";
import { assert, RaftInvariantError, unreachable } from "./assert.ts";
import { RaftConfigError } from "./config.ts";

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("a broken invariant is told by name, code and message", () => {
  const error = thrownBy(() => assert(false, "the log fell apart"));
  expect(error).toBeInstanceOf(RaftInvariantError);
  expect(error).toMatchObject({
    name: "RaftInvariantError",
    code: "ERR_MULTIRAFT_RAFT_INVARIANT",
    message: "the log fell apart",
  });
});

test("a lazy message is built for a broken invariant alone", () => {
  let built = 0;
  const message = () => {
    built += 1;
    return "built";
  };
  assert(true, message);
  expect(built).toBe(0);
  expect(thrownBy(() => assert(false, message))).toMatchObject({ message: "built" });
});

test("what no branch takes is told with its value", () => {
  expect(thrownBy(() => unreachable({ state: "unknown" } as never))).toMatchObject({
    code: "ERR_MULTIRAFT_RAFT_INVARIANT",
    message: 'no branch for {"state":"unknown"}',
  });
});

test("a configuration that cannot work has a name and a code of its own", () => {
  expect(new RaftConfigError("why")).toMatchObject({
    name: "RaftConfigError",
    code: "ERR_MULTIRAFT_RAFT_CONFIG",
  });
});
