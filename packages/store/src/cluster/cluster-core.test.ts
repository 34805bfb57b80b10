import { toStoreId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { refuseOneMore } from "./cluster-core.ts";
import type { StoreEntry } from "./cluster-file.ts";
import { STORES_ADDED_MAX, STORES_MAX } from "./cluster-options.ts";

function entries(count: number, state: StoreEntry["state"], from = 1): StoreEntry[] {
  return Array.from({ length: count }, (_, n) => ({ id: toStoreId(from + n), state }));
}

test("one store more is refused where it could not be opened, before anything is noted of it", () => {
  const gone = entries(100, "removed");
  const open = entries(STORES_ADDED_MAX - 1, "opened", 101);
  refuseOneMore([...gone, ...open]);
  const all = [...gone, ...open, ...entries(1, "new", 200)];
  expect(() => refuseOneMore(all)).toThrow(/up to 60 stores/);
  expect(STORES_ADDED_MAX).toBeGreaterThan(STORES_MAX);
});
