// No key is ever without a region: what a region gave away by a split belongs to the children that whoever applied
// it has named, until those say themselves what they have. A region may be known to have split before anybody
// has named its children (what its first replica tells its registry waits there, or went down with it, and another
// has its data by a snapshot): meanwhile nothing can be said.
import type { Key, KeyRange, Region, RegionId } from "@multiraft/pd/protocol";
import type { AppliedSplit, Shadow } from "../shadow.ts";

/** @returns The first key that is nobody's; undefined when there is none, or it cannot be told. */
export function ownerlessKey(shadow: Shadow): string | undefined {
  const newest = newestRegions(shadow);
  if (newest.size === 0) return undefined;
  const named = namedChildren(shadow.splits);
  const all = [...newest.values()];
  if (!all.every((region) => isFullyNamed(region, named.get(region.id), shadow.splits)))
    return undefined;
  const waiting = [...named.values()].filter(({ id }) => !newest.has(id));
  return firstHole([...all, ...waiting].map(({ range }) => range));
}

/** In the state of its highest version that any replica has told its registry of. */
export function newestRegions(shadow: Shadow): ReadonlyMap<RegionId, Region> {
  const newest = new Map<RegionId, Region>();
  for (const { region } of shadow.all()) {
    if (region === undefined) continue;
    const known = newest.get(region.id);
    if (known === undefined || known.epoch.version < region.epoch.version)
      newest.set(region.id, region);
  }
  return newest;
}

/** As each was when its parent gave it its range. */
function namedChildren(splits: readonly AppliedSplit[]): ReadonlyMap<RegionId, Region> {
  return new Map(splits.flatMap(({ children }) => children.map((child) => [child.id, child])));
}

/** A split raises the version by the number of its children. @param asChild Undefined for the first region. */
function isFullyNamed(
  { id, epoch }: Region,
  asChild: Region | undefined,
  splits: readonly AppliedSplit[],
): boolean {
  const own = splits.filter(({ regionId }) => regionId === id);
  let version = asChild?.epoch.version ?? 1;
  while (version < epoch.version) {
    const next = own.find(({ version: after, children }) => after - children.length === version);
    if (next === undefined) return false;
    version = next.version;
  }
  return true;
}

function firstHole(ranges: readonly KeyRange[]): string | undefined {
  let at: Key = "" as Key;
  for (const { start, end } of [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (start > at) return `no region has the keys from "${at}" to "${start}"`;
    if (end === "") return undefined;
    if (end > at) at = end;
  }
  return `no region has the keys from "${at}" on`;
}
