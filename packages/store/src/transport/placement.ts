// Which thread a replica lives on. The store's id takes part so that the replicas of one region live
// on different threads: a leader and its followers work at the same time, and what passes between
// stores really passes between threads.
import type { RegionId, StoreId } from "@multiraft/pd/protocol";

/** @returns Which of a store's `gates`, and of the threads they stand on. */
export function placeOf(regionId: RegionId, storeId: StoreId, gates: number): number {
  return (regionId + storeId) % gates;
}

/**
 * The one gate of another store that has the other replicas of all regions which `place` has of `storeId`.
 * @param gates Of each of the two stores.
 */
export function counterpartOf(
  place: number,
  storeId: StoreId,
  other: StoreId,
  gates: number,
): number {
  const shift = (other - storeId) % gates;
  return (place + shift + gates) % gates;
}
