// What a tablet holds of its region, as one digest: replicas that have applied the same index are equal
// exactly when their digests are.
import { createHash } from "node:crypto";
import { EMPTY_KEY, type Key, type KeyRange, keyToBytes } from "@multiraft/pd/protocol";
import type { Tablet } from "../tablet/tablet.ts";

export type PeerContent = {
  readonly appliedIndex: number;
  readonly version: number;
  readonly keys: number;
  readonly digest: string;
};

const PAGE_PAIRS = 1_000;
const PAGE_BYTES = 1024 * 1024;

/** Reads everything, on the tablet's thread: for tests and for people who look for a fault. */
export function contentOf(tablet: Tablet): PeerContent {
  const { region, appliedIndex } = tablet.meta;
  const hash = createHash("sha256");
  const lengths = new Uint32Array(2);
  let keys = 0;
  for (let at: KeyRange | undefined = region.range; at !== undefined; ) {
    const pairs = tablet.scan(at, PAGE_PAIRS, PAGE_BYTES);
    for (const { key, value } of pairs) {
      lengths[0] = key.length;
      lengths[1] = value.byteLength;
      hash.update(lengths).update(keyToBytes(key)).update(value);
    }
    keys += pairs.length;
    at = restOf(at, pairs.at(-1)?.key);
  }
  return { appliedIndex, version: region.epoch.version, keys, digest: hash.digest("hex") };
}

function restOf({ end }: KeyRange, last: Key | undefined): KeyRange | undefined {
  if (last === undefined) return undefined;
  const start = `${last}\0` as Key;
  return end === EMPTY_KEY || start < end ? { start, end } : undefined;
}
