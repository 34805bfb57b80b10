// What a store's registry says of its lives, looked at again and again for all who wait for one of them: one look
// for everybody costs less than one for each.
import type { RegionId } from "@multiraft/pd/protocol";
import type { TestCluster } from "@multiraft/store/testing";
import { POLL_MANY_MS } from "./store-content.ts";

type Status = NonNullable<Awaited<ReturnType<TestCluster["storeStatus"]>>>;
export type LifeSeen = {
  readonly life: Status["lives"][number] | undefined;
  readonly tombstone: Status["tombstones"][number] | undefined;
};

type Waiter = {
  readonly regionId: RegionId;
  readonly holds: (seen: LifeSeen) => boolean;
  readonly resolve: (seen: LifeSeen) => void;
  readonly reject: (error: unknown) => void;
};

/** At ten milliseconds each these are ten minutes. */
const LOOKS_MAX = 60_000;

export class LifeWatch {
  readonly #cluster: TestCluster;
  readonly #store: number;
  #waiters: readonly Waiter[] = [];
  #isLooking = false;

  constructor(cluster: TestCluster, store: number) {
    this.#cluster = cluster;
    this.#store = store;
  }

  /** Resolves with what was seen when it held. */
  until(regionId: RegionId, holds: (seen: LifeSeen) => boolean): Promise<LifeSeen> {
    return new Promise((resolve, reject) => {
      this.#waiters = [...this.#waiters, { regionId, holds, resolve, reject }];
      if (!this.#isLooking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      for (let looks = 0; this.#waiters.length > 0; looks += 1) {
        if (looks === LOOKS_MAX) throw new Error("waited too long for a life");
        await new Promise((resolve) => setTimeout(resolve, POLL_MANY_MS));
        const status = await this.#cluster.storeStatus(this.#store);
        if (status === undefined) throw new Error(`store ${this.#store} does not run`);
        if (this.#tell(status)) looks = 0;
      }
    } catch (error) {
      for (const { reject } of this.#waiters) reject(error);
      this.#waiters = [];
    } finally {
      this.#isLooking = false;
    }
  }

  /** @returns Whether anybody had waited for this. */
  #tell({ lives, tombstones }: Status): boolean {
    const lifeOf = new Map(lives.map((life) => [life.regionId, life]));
    const tombstoneOf = new Map(tombstones.map((tombstone) => [tombstone.regionId, tombstone]));
    const left: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const { regionId, holds, resolve } = waiter;
      const seen = { life: lifeOf.get(regionId), tombstone: tombstoneOf.get(regionId) };
      if (holds(seen)) resolve(seen);
      else left.push(waiter);
    }
    const isTold = left.length < this.#waiters.length;
    this.#waiters = left;
    return isTold;
  }
}
