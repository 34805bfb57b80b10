// What an environment does beside lmdb itself: whatever a call throws, its thread may end afterwards.
import { expect, test } from "vitest";
import { Environment } from "./lmdb-environment.ts";
import type { NativeGuard } from "./native-guard.ts";

test("a read transaction that cannot be closed is not in flight for ever", () => {
  let inFlight = 0;
  const guard: NativeGuard = {
    enter: () => expect.unreachable("closing never waits to be let in"),
    tryEnter: () => {
      inFlight += 1;
      return true;
    },
    leave: () => {
      inFlight -= 1;
    },
  };
  const environment = new Environment("/tablets/1_1_1", guard, {} as never);
  const transaction = {
    done: () => {
      throw new Error("the transaction is no more");
    },
  };
  expect(() => environment.closeReadTransaction(transaction)).toThrow("is no more");
  expect(inFlight).toBe(0);
});
