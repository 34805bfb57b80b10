// A map sorted by key whose clone costs nothing until one of the two is written (copy-on-write).
import { createRequire } from "node:module";
import type { Key } from "@multiraft/pd/protocol";
import type BTree from "sorted-btree";

// A CommonJS module with a `default`: loaders disagree on what `import` makes of it, `require` is plain.
const bundle: typeof import("sorted-btree") = createRequire(import.meta.url)("sorted-btree");

export type SortedMap<Value> = BTree.default<Key, Value>;

export function sortedMap<Value>(): SortedMap<Value> {
  return new bundle.default<Key, Value>(undefined, compareKeys);
}

function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
