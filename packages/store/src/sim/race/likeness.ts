// What can be seen of a store at rest: what its registry says, what its log says, what lies on its disk. Two
// runs that have come to one state (`state-key.ts`) must look alike; compared each time that they do.
import type { StoreUnderTest } from "./store-under-test.ts";

export function likenessOf(store: StoreUnderTest): string {
  const { lives, tombstones, damaged, pendingSplitChildren, isReady } = store.status();
  const log = store.recovered();
  const inRegistry = { lives, tombstones, damaged, pendingSplitChildren, isReady };
  const inLog = { ...log, lives: sorted(log.lives), tombstones: sorted(log.tombstones) };
  const onDisk = store.tablets().map(({ name, meta, pairs }) => ({ name, meta, pairs }));
  const parts = [inRegistry, inLog, onDisk, store.tabletNames()];
  return parts.map((part) => store.stateKey.textOf(part)).join("\n");
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
