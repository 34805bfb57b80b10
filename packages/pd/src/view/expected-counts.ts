// What running operators will still change in the counts of stores. Added to what the region tree
// holds, it is what decisions look at, so that a decision counts before its effect is reported.
// Zero for every store while no operator runs.
import type { StoreId } from "../protocol/ids.ts";

/** Replicas and leaders to come (or to go, negative), and snapshots that are not reported yet. */
export type Influence = {
  readonly peers: number;
  readonly leaders: number;
  readonly receiving: number;
  readonly sending: number;
};

/** Sparse: only the stores that a plan touches. */
export type StoreInfluence = Partial<Influence> & { readonly storeId: StoreId };

const NONE: Influence = { peers: 0, leaders: 0, receiving: 0, sending: 0 };

export class ExpectedCounts {
  readonly #byStore = new Map<StoreId, Influence>();

  of(storeId: StoreId): Influence {
    return this.#byStore.get(storeId) ?? NONE;
  }

  get isZero(): boolean {
    return this.#byStore.size === 0;
  }

  add(influences: readonly StoreInfluence[]): void {
    for (const influence of influences) this.#change(influence, 1);
  }

  subtract(influences: readonly StoreInfluence[]): void {
    for (const influence of influences) this.#change(influence, -1);
  }

  #change(by: StoreInfluence, sign: 1 | -1): void {
    const before = this.of(by.storeId);
    const after: Influence = {
      peers: before.peers + sign * (by.peers ?? 0),
      leaders: before.leaders + sign * (by.leaders ?? 0),
      receiving: before.receiving + sign * (by.receiving ?? 0),
      sending: before.sending + sign * (by.sending ?? 0),
    };
    const isNone =
      after.peers === 0 && after.leaders === 0 && after.receiving === 0 && after.sending === 0;
    if (isNone) this.#byStore.delete(by.storeId);
    else this.#byStore.set(by.storeId, after);
  }
}
