// What a cluster still holds and should not: tablets that no record names, lives of regions that the
// placement driver does not place there, children of splits that nobody brought up.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ClusterStatus, StoreView } from "@multiraft/store";
import type { TestCluster } from "@multiraft/store/testing";

/** Reports and removals arrive within some heartbeats. */
const LOOKS = { pollsMax: 3_000, pollMs: 20 };

/**
 * Looked at until nothing is left, a bounded number of times. @param isAtRest Nothing moves any more: what
 * is on a store must be what the placement driver says. @returns What is left then.
 */
export async function leftOvers(
  cluster: TestCluster,
  directory: string,
  { isAtRest }: { readonly isAtRest: boolean },
): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const look = async () => {
    const status = await cluster.cluster.status({ replicas: false });
    left = status.stores.flatMap((store) => [
      ...unnamedOf(store, directory),
      ...(isAtRest ? misplacedOf(store, status) : []),
    ]);
    return left.length;
  };
  await cluster.settled("nothing is left over", look, (count) => count === 0, LOOKS).catch(() => 0);
  return left;
}

/** Directories of tablets are exactly those of the lives that the registry knows. */
function unnamedOf({ id, registry }: StoreView, directory: string): readonly string[] {
  if (registry === undefined) return [];
  const { lives, damaged } = registry;
  const named = lives
    .filter(({ generation }) => generation > 0)
    .map(({ regionId, life, generation }) => `${regionId}_${life}_${generation}`);
  const found = readdirSync(join(directory, `store-${id}`, "tablets"));
  return [
    ...differing(`store ${id}: tablets`, found, named),
    ...damaged.map(({ regionId, reason }) => `store ${id}: region ${regionId} damaged: ${reason}`),
  ];
}

function misplacedOf(
  { id, state, registry }: StoreView,
  { regions, pd }: ClusterStatus,
): readonly string[] {
  if (pd.stores.find((store) => store.id === id)?.state === "removed") return [];
  if (registry === undefined) return [`store ${id} does not run: ${state}`];
  const { lives, pendingSplitChildren } = registry;
  const placed = regions.filter(({ region }) => region.peers.some(({ storeId }) => storeId === id));
  const here = lives.map(({ regionId }) => regionId);
  const wanted = placed.map(({ region }) => region.id);
  const pending = `store ${id}: ${pendingSplitChildren} children of splits are not brought up`;
  return [
    ...differing(`store ${id}: regions`, here, wanted),
    ...(pendingSplitChildren === 0 ? [] : [pending]),
  ];
}

function differing<Thing>(
  what: string,
  found: readonly Thing[],
  wanted: readonly Thing[],
): readonly string[] {
  const extra = found.filter((one) => !wanted.includes(one));
  const missing = wanted.filter((one) => !found.includes(one));
  return [
    ...(extra.length === 0 ? [] : [`${what} that should not be there: ${extra.join(", ")}`]),
    ...(missing.length === 0 ? [] : [`${what} that are missing: ${missing.join(", ")}`]),
  ];
}
