// What must be so between any two steps, looked at as a whole: replicas that are durable at one index
// are equal, now and whenever another was at that index; no range has two regions of the newest epochs.
import type { Region, RegionId } from "@multiraft/pd/protocol";
import { rangesOverlap } from "@multiraft/pd/protocol";
import { TABLETS } from "../cluster/open-store.ts";
import type { SimCluster } from "../cluster/sim-cluster.ts";
import { findDifference, tabletsOn } from "./equal-data.ts";

/** @returns What is wrong. */
export function checkTables(cluster: SimCluster): string[] {
  const tablets = cluster.opened().flatMap(({ id }) => tabletsOn(id, cluster.disk(id), TABLETS));
  const difference = findDifference(tablets);
  return [...(difference === undefined ? [] : [difference]), ...overlaps(cluster)];
}

function overlaps({ oracles }: SimCluster): string[] {
  const newest = new Map<RegionId, Region>();
  for (const { region } of oracles.shadow.all()) {
    if (region === undefined) continue;
    const known = newest.get(region.id);
    if (known === undefined || known.epoch.version < region.epoch.version)
      newest.set(region.id, region);
  }
  const regions = [...newest.values()];
  return regions.flatMap((region, place) =>
    regions
      .slice(place + 1)
      .filter((other) => rangesOverlap(region.range, other.range))
      .map((other) => `regions ${region.id} and ${other.id} overlap in their newest states`),
  );
}
