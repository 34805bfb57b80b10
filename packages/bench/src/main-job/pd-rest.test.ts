import type { PdStatus } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { PdRest } from "./pd-rest.ts";

function status(running: number, created: number): PdStatus {
  const operators = Array.from({ length: running }, (_, id) => ({ id }));
  return {
    runningOperators: operators,
    createdOperators: { "by-hand": created },
  } as unknown as PdStatus;
}

test("rest is a while without operators, running or made and ended meanwhile", () => {
  const rest = new PdRest();
  expect(rest.look(status(0, 3), 0)).toBe(false);
  expect(rest.look(status(0, 3), 100)).toBe(false);
  expect(rest.look(status(0, 4), 500)).toBe(false);
  expect(rest.look(status(0, 4), 1_000)).toBe(false);
  expect(rest.look(status(1, 4), 1_500)).toBe(false);
  expect(rest.look(status(0, 4), 2_000)).toBe(false);
  expect(rest.look(status(0, 4), 2_600)).toBe(true);
});
