// Cutting a region. The parent keeps its id and the left-most part; each child takes the part that
// begins at its key. The version grows by the number of children and all parts share it, so that
// whoever knows the parent from before is told so.

import {
  isBelowEnd,
  type Key,
  type PeerId,
  type Region,
  type RegionId,
} from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";

/** One child: where it begins, and its ids, `peerIds` in the order of the parent's peers. */
export type SplitCut = {
  readonly key: Key;
  readonly regionId: RegionId;
  readonly peerIds: readonly PeerId[];
};

export type SplitResult = { readonly parent: Region; readonly children: readonly Region[] };

export type SplitRefusal =
  | "no-cuts"
  | "too-many-cuts"
  | "cut-outside-range"
  | "cuts-not-sorted"
  | "peer-count";

/**
 * Of all children together, as a record of the log has them: it travels in one slab of a MiB. Each key stands in
 * there twice, as the end of one child and the start of the next.
 */
export const SPLIT_BYTES_MAX = 768 * 1024;
/** What a child takes in a record beside its keys, and what each of its peers does: more than they ever do. */
const CHILD_BYTES = 128;
const PEER_BYTES = 32;

/** What stands against cutting `region` so; undefined when nothing does. */
export function refuseSplit(region: Region, cuts: readonly SplitCut[]): SplitRefusal | undefined {
  if (cuts.length === 0) return "no-cuts";
  let previous = region.range.start;
  for (const cut of cuts) {
    if (cut.peerIds.length !== region.peers.length) return "peer-count";
    if (cut.key < region.range.start || !isBelowEnd(cut.key, region.range.end))
      return "cut-outside-range";
    if (cut.key <= previous) return "cuts-not-sorted";
    previous = cut.key;
  }
  return childrenBytes(region, cuts) > SPLIT_BYTES_MAX ? "too-many-cuts" : undefined;
}

function childrenBytes(region: Region, cuts: readonly SplitCut[]): number {
  const keysBytes = cuts.reduce((sum, { key }) => sum + 2 * key.length, region.range.end.length);
  return keysBytes + cuts.length * (CHILD_BYTES + PEER_BYTES * region.peers.length);
}

export function splitRegion(region: Region, cuts: readonly SplitCut[]): SplitResult {
  const refusal = refuseSplit(region, cuts);
  assert(refusal === undefined, () => `split of region ${region.id} passed its check: ${refusal}`);
  const epoch = { ...region.epoch, version: region.epoch.version + cuts.length };
  const first = cuts[0];
  assert(first !== undefined, "a split without a cut");
  const children = cuts.map((cut, i): Region => {
    const end = cuts[i + 1]?.key ?? region.range.end;
    const peers = region.peers.map((peer, n) => ({ ...peer, id: peerIdAt(cut, n) }));
    return { id: cut.regionId, range: { start: cut.key, end }, epoch, peers };
  });
  const parent = { ...region, range: { start: region.range.start, end: first.key }, epoch };
  return { parent, children };
}

function peerIdAt(cut: SplitCut, n: number): PeerId {
  const id = cut.peerIds[n];
  assert(id !== undefined, "a cut with fewer peers than its region");
  return id;
}
