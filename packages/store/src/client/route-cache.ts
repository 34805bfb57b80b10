// What a client believes about the regions, sorted by start key. Invariant: cached regions do not
// overlap; of two that do, the one with the newer epoch stays, so that late answers change nothing.
import {
  EMPTY_KEY,
  isBelowEnd,
  type Key,
  type Peer,
  type PeerId,
  type Region,
  rangeContains,
  type StoreId,
  sameEpoch,
} from "@multiraft/pd/protocol";

export class CachedRoute {
  readonly region: Region;
  #leader: PeerId | undefined;
  /** Which peer is tried next while no leader is known. */
  #probe = 0;

  constructor(region: Region, leader: PeerId | undefined) {
    this.region = region;
    this.#leader = this.#find(leader)?.id;
  }

  /** The leader's store, or while it is unknown one peer's after the other. */
  get storeId(): StoreId | undefined {
    const { peers } = this.region;
    return (this.#find(this.#leader) ?? peers[this.#probe % peers.length])?.storeId;
  }

  get leader(): PeerId | undefined {
    return this.#leader;
  }

  /** @returns False for a peer that this region does not have: its membership is newer than this. */
  follow(leader: Peer): boolean {
    this.#leader = this.#find(leader.id)?.id;
    return this.#leader !== undefined;
  }

  /** The next peer. @returns False when all have been tried. */
  rotate(): boolean {
    this.#leader = undefined;
    this.#probe += 1;
    return this.#probe % Math.max(1, this.region.peers.length) !== 0;
  }

  #find(id: PeerId | undefined): Peer | undefined {
    return this.region.peers.find((peer) => peer.id === id);
  }
}

export class RouteCache {
  /** By start key. */
  readonly #routes: CachedRoute[] = [];

  get size(): number {
    return this.#routes.length;
  }

  find(key: Key): CachedRoute | undefined {
    const route = this.#routes[this.#firstAfter(key) - 1];
    return route !== undefined && rangeContains(route.region.range, key) ? route : undefined;
  }

  /** @returns False when something newer is known of its range; the cache is then as before. */
  put(region: Region, leader: PeerId | undefined): boolean {
    const { start, end } = region.range;
    const before = this.#firstAfter(start) - 1;
    const first = this.#routes[before];
    const from =
      first !== undefined && isBelowEnd(start, first.region.range.end) ? before : before + 1;
    const to = end === EMPTY_KEY ? this.#routes.length : this.#firstFrom(end);
    const overlapping = this.#routes.slice(from, to);
    if (overlapping.some((route) => isNewer(route.region, region))) return false;
    const isKnown = overlapping.some((route) => isSameState(route.region, region));
    if (!isKnown || leader !== undefined)
      this.#routes.splice(from, overlapping.length, new CachedRoute(region, leader));
    return true;
  }

  drop({ region }: CachedRoute): void {
    const at = this.#firstAfter(region.range.start) - 1;
    if (this.#routes[at]?.region.id === region.id) this.#routes.splice(at, 1);
  }

  #firstAfter(key: Key): number {
    return this.#firstWhere((start) => start > key);
  }

  #firstFrom(key: Key): number {
    return this.#firstWhere((start) => start >= key);
  }

  /** By halving; `isBehind` holds from some start key on. */
  #firstWhere(isBehind: (start: Key) => boolean): number {
    let low = 0;
    let high = this.#routes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const route = this.#routes[middle];
      if (route !== undefined && !isBehind(route.region.range.start)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Ranges that overlap belong to one line of splits, so their versions can be compared. */
function isNewer(a: Region, b: Region): boolean {
  if (a.epoch.version !== b.epoch.version) return a.epoch.version > b.epoch.version;
  return a.id === b.id && a.epoch.confVer > b.epoch.confVer;
}

function isSameState(a: Region, b: Region): boolean {
  return a.id === b.id && sameEpoch(a.epoch, b.epoch);
}
