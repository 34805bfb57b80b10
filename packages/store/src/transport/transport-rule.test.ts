import type { RegionId, StoreId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { ruleMatchesPulse, type TransportRule } from "./transport-rule.ts";

const PULSE = {
  fromStore: 1 as StoreId,
  toStore: 2 as StoreId,
  incarnation: "first",
  number: 1,
};

test.each<[TransportRule["match"], boolean]>([
  [{}, true],
  [{ fromStore: 1 as StoreId, toStore: 2 as StoreId }, true],
  [{ fromStore: 2 as StoreId }, false],
  [{ toStore: 1 as StoreId }, false],
  [{ kinds: ["pulse"] }, true],
  [{ kinds: ["MsgApp"] }, false],
  [{ regionId: 7 as RegionId }, false],
])("a rule for %o is one for a pulse: %s", (match, expected) => {
  expect(ruleMatchesPulse({ id: 1, match, action: { kind: "drop" } }, PULSE)).toBe(expected);
});
