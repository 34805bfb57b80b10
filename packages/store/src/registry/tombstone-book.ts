// The tombstones of a store, in memory as they are in its log or on their way there. A region's
// record is only ever replaced by one that implies it.
import type { RegionId } from "@multiraft/pd/protocol";
import type { Tombstone } from "../log/record.ts";
import { mergeTombstones } from "./tombstone.ts";

export class TombstoneBook {
  readonly #byRegion = new Map<RegionId, Tombstone>();

  load(tombstones: readonly Tombstone[]): void {
    for (const tombstone of tombstones) this.#byRegion.set(tombstone.regionId, tombstone);
  }

  get(regionId: RegionId): Tombstone | undefined {
    return this.#byRegion.get(regionId);
  }

  /** @returns What is to be made durable: all that was known, and this. */
  bury(tombstone: Tombstone): Tombstone {
    const merged = mergeTombstones(this.#byRegion.get(tombstone.regionId), tombstone);
    this.#byRegion.set(tombstone.regionId, merged);
    return merged;
  }

  all(): Tombstone[] {
    return [...this.#byRegion.values()];
  }
}
