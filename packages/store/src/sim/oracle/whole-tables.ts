// What must be so between any two steps, looked at as a whole: replicas that are durable at one index are
// equal, now and whenever another was at that index; no peer id stands for two replicas; no range has two
// regions of the newest epochs, and none has no region; a registry's table of lives is the set of its
// replicas, and no life is at or below its region's tombstone.
import type { PeerId } from "@multiraft/pd/protocol";
import { rangesOverlap } from "@multiraft/pd/protocol";
import { sameAddress } from "@multiraft/runtime";
import type { LifeStatus, StoreStatusReply } from "../../registry/registry-mail.ts";
import { type OpenedStore, TABLETS } from "../cluster/open-store.ts";
import type { SimCluster } from "../cluster/sim-cluster.ts";
import { regionStateOf, tabletsOn } from "./equal-data.ts";
import { newestRegions, ownerlessKey } from "./whole-map.ts";

export class WholeTables {
  /** Of data that were on two stores at one index. */
  comparisons = 0;
  readonly #cluster: SimCluster;
  /** By region and applied index: what every replica that was durable there has held. */
  readonly #states = new Map<string, { readonly text: string; readonly store: number }>();

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  /** @returns What is wrong. */
  check(): string[] {
    const stores = this.#cluster.opened();
    return [
      ...stores.flatMap((store) => this.#differences(store)),
      ...this.#overlaps(),
      ...this.#ownerless(),
      ...this.#sharedIds(),
      ...stores.flatMap((store) => this.#registryErrors(store)),
    ];
  }

  /** Not on a disk that has failed: to read a torn tablet is to mend it. */
  #differences({ id, registry }: OpenedStore): string[] {
    const { hasDiskFailed, isRotten, damagedStrays } = this.#cluster.seat(id);
    if (hasDiskFailed || isRotten) return [];
    const status = this.#cluster.look<StoreStatusReply>(registry, { kind: "store-status" });
    const isSwept = status?.isReady === true;
    const tablets = tabletsOn(id, this.#cluster.disk(id), TABLETS, damagedStrays, isSwept);
    return tablets.flatMap((tablet) => {
      const { key, text } = regionStateOf(tablet);
      const seen = this.#states.get(key) ?? { text, store: id };
      this.#states.set(key, seen);
      if (seen.store !== id) this.comparisons += 1;
      if (seen.text === text) return [];
      return [`${key}: store ${seen.store} has ${seen.text}, store ${id} has ${text}`];
    });
  }

  #overlaps(): string[] {
    const regions = [...newestRegions(this.#cluster.oracles.shadow).values()];
    return regions.flatMap((region, place) =>
      regions
        .slice(place + 1)
        .filter((other) => rangesOverlap(region.range, other.range))
        .map((other) => `regions ${region.id} and ${other.id} overlap in their newest states`),
    );
  }

  #ownerless(): string[] {
    const hole = ownerlessKey(this.#cluster.oracles.shadow);
    return hole === undefined ? [] : [hole];
  }

  /** The driver gives an id once: a peer is of one region, and on one store. */
  #sharedIds(): string[] {
    const places = new Map<PeerId, string>();
    const shared = new Set<string>();
    for (const { peerId, regionId, host } of this.#cluster.oracles.shadow.all()) {
      const place = `region ${regionId} on ${host}`;
      const known = places.get(peerId) ?? place;
      places.set(peerId, known);
      if (known !== place) shared.add(`peer ${peerId} is of ${known} and of ${place}`);
    }
    return [...shared];
  }

  #registryErrors({ id, host, registry }: OpenedStore): string[] {
    const status = this.#cluster.look<StoreStatusReply>(registry, { kind: "store-status" });
    if (status === undefined) return [];
    const strays = this.#cluster.oracles.shadow
      .runningOn(host)
      .filter(({ life }) => !status.lives.some((entry) => entry.life === life))
      .map(({ life, regionId }) => `store ${id}: life ${life} of region ${regionId} has no entry`);
    const buried = status.lives
      .filter((life) => isBuried(life, status))
      .map(({ life, regionId }) => `store ${id}: life ${life} of region ${regionId} is buried`);
    return [...strays, ...buried, ...this.#deaf(id, status)];
  }

  /** Entries whose address is nobody's. The news that an actor has ended may still be on its way. */
  #deaf(id: number, status: StoreStatusReply): string[] {
    const { shadow } = this.#cluster.oracles;
    return status.lives.flatMap(({ address, life }) => {
      const known = shadow.at(address);
      const isHis = address === undefined || (known !== undefined && known.life === life);
      const isSame = known === undefined || (address && sameAddress(known.address, address));
      return isHis && isSame ? [] : [`store ${id}: life ${life} has another's address`];
    });
  }
}

function isBuried(
  { regionId, peerId, state }: LifeStatus,
  { tombstones }: StoreStatusReply,
): boolean {
  if (state === "retiring" || state === "ending" || state === "admitting") return false;
  return tombstones.some((one) => one.regionId === regionId && one.peerId >= peerId);
}
